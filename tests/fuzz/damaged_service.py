"""A service at the other end of HTTP that sends any bytes, in any pieces, and ends as it likes."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """What follows the last byte."""

    CLOSE = "the connection is closed"
    RESET = "the connection is reset"
    STAY = "nothing, until the other side closes"


@dataclass(frozen=True)
class Answer:
    """The same for every request. `pieces` may be endless."""

    pieces: Iterable[bytes]
    ending: Ending = Ending.CLOSE
    pause_s: float = 0.0  # after each piece


class DamagedService:
    """Answers one connection after another with `answer`; `requests` are what it was sent."""

    def __init__(self) -> None:
        self.answer = Answer([])
        self.requests: list[bytes] = []
        self.asked = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def serve(self) -> None:
        """Until it is closed."""
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                with client, suppress(OSError):
                    self.requests.append(_request(client))
                    self.asked.set()
                    self._send(client, self.answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _send(self, client: socket.socket, answer: Answer) -> None:
        for piece in answer.pieces:
            client.sendall(piece)
            time.sleep(answer.pause_s)
        if answer.ending is Ending.RESET:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.ending is Ending.STAY:
            while client.recv(1):
                pass


def _request(client: socket.socket) -> bytes:
    """One request, whole: a connection that is closed with bytes unread is reset."""
    data, length = b"", 0
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < length:
        data += client.recv(65_536) or b"\r\n\r\n"
        for line in data.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
    return data


@contextmanager
def damaged_service() -> Iterator[DamagedService]:
    service = DamagedService()
    thread = threading.Thread(target=service.serve, name="damaged service")
    thread.start()
    try:
        yield service
    finally:
        service.close()
        thread.join()
