"""Blocking work of a call, done in worker threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def compute(worker: Executor, work: Callable[[], T]) -> T:
    """`work()` in a thread of `worker`. A cancelled caller still waits for it: work of one call never overlaps."""
    future = asyncio.get_running_loop().run_in_executor(worker, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.gather(future, return_exceptions=True)
        raise
