"""What an operator's tools ask over HTTP: `GET /metrics`, `/healthz` (alive) and `/readyz` (give it calls)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from bot.operations.readiness import Readiness

TEXT_FORMAT: Final = "text/plain; version=0.0.4; charset=utf-8"


class OperationsServer:
    """Answers anybody who reaches its port, so it listens where only operators are; nothing it says is about a caller.

    `metrics` blocks: it may ask a database.
    """

    def __init__(self, metrics: Callable[[], bytes], readiness: Readiness) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """The port it listens on. Raises OSError."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/metrics", self._scraped),
                web.get("/healthz", self._alive),
                web.get("/readyz", self._ready),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        listening: int = self._runner.addresses[0][1]
        return listening

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _scraped(self, _: web.Request) -> web.Response:
        text = await asyncio.get_running_loop().run_in_executor(None, self._metrics)
        return web.Response(body=text, headers={"Content-Type": TEXT_FORMAT})

    async def _alive(self, _: web.Request) -> web.Response:
        """The event loop answers."""
        return web.Response(text="ok")

    async def _ready(self, _: web.Request) -> web.Response:
        seen = await self._readiness.look()
        ready = all(seen.values())
        return web.json_response({"ready": ready, **seen}, status=200 if ready else 503)
