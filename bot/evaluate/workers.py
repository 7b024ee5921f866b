"""Work shared out among processes that each make the same tool once: on this machine here, elsewhere in `cluster`."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.errors import ModelError

Item = TypeVar("Item")
Result = TypeVar("Result")
Tool = TypeVar("Tool")
Tool_co = TypeVar("Tool_co", covariant=True)

Make = Callable[[], Tool]  # crosses to another process: a function or class of a module, or a partial of one


class Workers(Protocol[Tool_co]):
    """Processes that have made their tool, or will make it for their first piece of work."""

    def map(self, work: Callable[[Tool_co, Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """What `work`, a function of a module, gives for each item, in their order.

        Raises whatever the work, or making the tool, raises.
        """
        ...


# Workers for a tool and as many pieces of work; they end with the context.
Crew = Callable[[Make[Any], int], AbstractContextManager[Workers[Any]]]


def on_this_machine(jobs: int) -> Crew:
    """Crews of at most `jobs` child processes, for the main thread.

    Ctrl-C is left to the caller: the processes never see it, and end when they have finished what they are doing, or at
    a second one.

    Raises (the crew):
        ModelError: a process ended by itself.
    """
    return partial(_processes, jobs)


@contextmanager
def _processes(jobs: int, make: Make[Tool], pieces: int) -> Iterator[Workers[Tool]]:
    count = max(min(jobs, pieces), 1)
    pool = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(make,)
    )
    try:
        with _without_interrupts():
            for _ in range(count):  # starts them all, one a call
                pool.submit(_nothing)
        yield _Pool(pool)
    except BrokenProcessPool:
        raise ModelError("Tiến trình đo bị dừng giữa chừng, có thể vì hết bộ nhớ. Giảm --jobs.") from None
    finally:
        _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    """When the processes have finished what they are doing; a second Ctrl-C does not wait for that."""
    try:
        pool.shutdown(cancel_futures=True)
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():
            process.kill()
        raise


class _Pool:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def map(self, work: Callable[[Any, Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        return self._pool.map(partial(_do, work), items)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started in here never see SIGINT; one that comes meanwhile is handled afterwards."""
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what processes inherit
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if came and callable(handler):
        handler(signal.SIGINT, None)


# What a child process keeps between its pieces of work.
_make: list[Make[Any]] = []
_made: list[Any] = []


def _start(make: Make[Any]) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    _make.append(make)


def _end_with_parent() -> None:
    """A run that is killed tells nobody: without this its processes would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _nothing() -> None:
    pass


def _do(work: Callable[[Any, Item], Result], item: Item) -> Result:
    if not _made:
        _made.append(_make[0]())
    return work(_made[0], item)
