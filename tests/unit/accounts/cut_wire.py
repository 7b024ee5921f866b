"""A wire to a PostgreSQL server that is cut at a chosen word."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum
from typing import Final

from tests.postgresql import PostgresServer

_CHUNK_BYTES: Final = 65_536


class Cut(Enum):
    """What the server does when the wire is cut at a word that the client says."""

    UNHEARD = "the server never hears the word"
    UNANSWERED = "the server does what it was told, and its answer is lost"


class CutWire:
    """Forwards connections to `server`; the first one on which `word` is said is cut at it. `cut` is set then.

    A connection to a server that is down is closed, and `refused` is set.
    """

    def __init__(self, server: PostgresServer, word: bytes = b"", how: Cut = Cut.UNHEARD) -> None:
        self._server = server
        self._word = word
        self._how = how
        self.cut, self.refused = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = server.url.replace(f":{server.port}/", f":{self._listener.getsockname()[1]}/")
        threading.Thread(target=self._accept, name="cut wire", daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those that are open stay."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                try:
                    server = socket.create_connection(("127.0.0.1", self._server.port))
                except ConnectionRefusedError:
                    self.refused.set()
                    client.close()
                    continue
                for forward in (self._to_server, self._to_client):
                    threading.Thread(target=forward, args=(client, server), name="cut wire", daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(_CHUNK_BYTES):
                if self._word and self._word in data and not self.cut.is_set():
                    self.cut.set()
                    if self._how is Cut.UNANSWERED:
                        client.shutdown(socket.SHUT_RDWR)  # the answer ends `_to_client`, and the connection
                        server.sendall(data)
                        return
                    break
                server.sendall(data)
        _close(client, server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(_CHUNK_BYTES):
                client.sendall(data)
        _close(client, server)


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)  # wakes the other thread
        each.close()
