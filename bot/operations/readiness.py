"""Whether the bot should be given calls, and what is missing when not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Final

from bot.errors import Nhanh8Error

WITHIN_S: Final = 2.0  # a check that takes longer has failed
FRESH_S: Final = 1.0  # how long an answer counts: many may ask


class Readiness:
    """`now` are checks that answer at once; `blocking` ones raise a Nhanh8Error, and run on `worker`."""

    def __init__(
        self, now: Mapping[str, Callable[[], bool]], blocking: Mapping[str, Callable[[], None]], worker: Executor
    ) -> None:
        self._now = now
        self._blocking = blocking
        self._worker = worker
        self._asked: dict[str, tuple[float, asyncio.Future[bool]]] = {}

    async def look(self) -> dict[str, bool]:
        """Each check's name and whether it is well."""
        slow = await asyncio.gather(*(self._well(name) for name in self._blocking))
        return {name: check() for name, check in self._now.items()} | dict(zip(self._blocking, slow, strict=True))

    async def _well(self, name: str) -> bool:
        """One question at a time, however many ask; the one before may still be waiting for its answer."""
        began, answer = self._asked.get(name, (0.0, None))
        if answer is None or (answer.done() and time.monotonic() - began > FRESH_S):
            answer = asyncio.get_running_loop().run_in_executor(self._worker, _passes, self._blocking[name])
            self._asked[name] = time.monotonic(), answer
        done, _ = await asyncio.wait({answer}, timeout=WITHIN_S)
        return bool(done) and answer.result()


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except Nhanh8Error:
        return False
    return True
