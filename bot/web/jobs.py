"""Work that takes a while, one piece at a time, told step by step to every page that watches (server-sent events)."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from bot.errors import Nhanh8Error

log = logging.getLogger(__name__)

Report = Callable[[str], None]
Result = Mapping[str, Any]
Work = Callable[[Report], Awaitable[Result]]


class JobRuns(Nhanh8Error):
    """Another piece of work is on."""

    def __init__(self) -> None:
        super().__init__("Việc trước chưa xong. Chờ một lát rồi làm lại.")


class Job:
    """One piece of work. `result` is what came of it; {"error": a sentence} where it failed, as `shown` words it."""

    def __init__(self, kind: str, shown: Callable[[str], str]) -> None:
        self.kind = kind
        self._shown = shown
        self.result: Result | None = None
        self._steps: list[dict[str, Any]] = []
        self._started = time.monotonic()
        self._news = asyncio.Event()

    async def run(self, work: Work) -> None:
        loop = asyncio.get_running_loop()

        def report(step: str) -> None:
            loop.call_soon_threadsafe(self._tell, step)

        try:
            self.result = await work(report)
        except Nhanh8Error as error:
            self.result = {"error": self._shown(str(error))}
        except Exception:  # the boundary of one piece of work: the page has to hear of it
            log.exception("job failed", extra={"job": self.kind})
            self.result = {"error": "Lỗi bên trong. Xem nhật ký của nhanh8 studio."}
        self._wake()

    async def events(self) -> AsyncIterator[str]:
        """Each step from the first on as it comes, then the result. Any number of pages may listen."""
        told = 0
        while True:
            news, done = self._news, self.result is not None
            for step in self._steps[told:]:
                told += 1
                yield _event("step", step)
            if done:
                yield _event("done", {"kind": self.kind, **(self.result or {})})
                return
            await news.wait()

    def _tell(self, step: str) -> None:
        self._steps.append({"kind": self.kind, "step": step, "ms": round(1000 * (time.monotonic() - self._started))})
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Jobs:
    """The piece of work that is on, or was last."""

    def __init__(self, shown: Callable[[str], str] = str) -> None:
        self._shown = shown
        self._last: Job | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self._last is not None and self._last.result is None

    def start(self, kind: str, work: Work) -> Job:
        """Goes on whether or not anybody watches. Raises JobRuns."""
        if self.running:
            raise JobRuns
        self._last = Job(kind, self._shown)
        self._task = asyncio.get_running_loop().create_task(self._last.run(work), name=f"studio-{kind}")
        return self._last

    async def events(self) -> AsyncIterator[str]:
        """Those of the piece of work that is on, or was last."""
        if self._last:
            async for event in self._last.events():
                yield event


def _event(name: str, data: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
