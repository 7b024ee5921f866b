"""psycopg2 connections that give up a server which has gone silent.

`connect_timeout` ends where a connection is, `statement_timeout` is kept by the server itself, and the timeouts of TCP
see a machine that is gone, not a server that hangs on one that is there.
https://www.postgresql.org/docs/current/libpq-connect.html
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from psycopg2.extensions import connection, cursor


class ImpatientConnection(connection):  # type: ignore[misc] # published without types
    """Waits `longest_s` for the answer to a statement, and `ping_s` outside of a transaction, where nothing is asked
    but whether the server is there. After that it is lost, as if the server had closed it.
    """

    def __init__(self, dsn: str, *, longest_s: float, ping_s: float) -> None:
        super().__init__(dsn)
        self.longest_s = longest_s
        self.ping_s = ping_s
        self.cursor_factory = _Cursor

    def commit(self) -> None:
        with self.in_time():
            super().commit()

    def rollback(self) -> None:
        with self.in_time():
            super().rollback()

    @contextmanager
    def in_time(self) -> Iterator[None]:
        if self.closed:
            yield
            return
        with socket.socket(fileno=os.dup(self.fileno())) as wire:
            timer = Timer(self.ping_s if self.autocommit else self.longest_s, _cut, [wire])
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()
                timer.join()


class _Cursor(cursor):  # type: ignore[misc] # published without types
    def execute(self, query: Any, parameters: Any = None) -> None:
        with self.connection.in_time():
            super().execute(query, parameters)

    def executemany(self, query: Any, rows: Sequence[Any]) -> None:
        with self.connection.in_time():
            super().executemany(query, rows)


def _cut(wire: socket.socket) -> None:
    """Whoever waits at the other descriptor sees that the server has left."""
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
