"""The studio's web server, in the foreground until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

MOST_MESSAGE_BYTES: Final = 65_536  # of one WebSocket message: a third of a second at 96 kHz
LAST_CALLS_S: Final = 2  # for calls that are on when the studio is stopped


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files."""

    certificate: Path
    key: Path


class _Server(uvicorn.Server):
    """Tells when it answers, and ends quietly: uvicorn would raise the signal that stopped it once more."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        yield


def serve(app: ASGIApp, listening: socket.socket, ready: Callable[[], None], tls: Tls | None = None) -> None:
    """Answer on `listening` until SIGINT or SIGTERM; `ready` is called once it does."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        http="h11",
        ws="wsproto",
        lifespan="off",
        log_config=None,
        access_log=False,  # the first address holds the token
        proxy_headers=False,
        server_header=False,
        ws_max_size=MOST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=LAST_CALLS_S,
        ssl_certfile=str(tls.certificate) if tls else None,
        ssl_keyfile=str(tls.key) if tls else None,
    )
    _Server(config, ready).run(sockets=[listening])
