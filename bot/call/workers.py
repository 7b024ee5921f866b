"""Threads that compute for calls. One that hangs is given up: who waits is told, and a new one takes its place.

A thread cannot be killed. One that comes back after it was given up ends without a word.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from bot.stillness import LOOK_EVERY_S, Stillness

T = TypeVar("T")


class Hung(Exception):
    """The work was given up: its thread stood still, or took too long."""


@dataclass(eq=False, slots=True)
class _Job:
    future: Future[Any]
    work: Callable[[], Any]
    began: float = 0.0


@dataclass(eq=False, slots=True)
class _Hand:
    """A thread, what it does, and what was last seen of it at that."""

    proc: Path | None = None
    job: _Job | None = None
    looked_at: float | None = None  # when that job began
    stillness: Stillness | None = None
    given_up: bool = False


class Workers(Executor):
    """`threads` daemon threads; work that takes longer than `longest_s`, or stands still, is given up with Hung.

    What they do must not wait for each other: a thread that waits for a lock stands still.

    `replaced` counts the threads given up; `busy_s` is the time that work has taken, in seconds of the clock.
    """

    def __init__(self, threads: int, name: str, *, longest_s: float) -> None:
        self.threads = threads
        self.replaced = 0
        self.busy_s = 0.0
        self._name = name
        self._longest_s = longest_s
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._hands = {self._hand() for _ in range(threads)}
        threading.Thread(target=self._look_after, name=f"{name} watch", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How much work no thread has begun."""
        return self._waiting.qsize()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        if self._closed.is_set():
            raise RuntimeError("no work is taken any more")
        self._waiting.put(_Job(future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work; threads end once they have done what waits. Does not wait for one that hangs."""
        self._closed.set()
        for _ in self._hands:
            self._waiting.put(None)

    def _hand(self) -> _Hand:
        hand = _Hand()
        threading.Thread(target=self._work, args=(hand,), name=self._name, daemon=True).start()
        return hand

    def _work(self, hand: _Hand) -> None:
        hand.proc = Path(f"/proc/self/task/{threading.get_native_id()}")
        while not hand.given_up and (job := self._waiting.get()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            job.began = time.monotonic()
            hand.job = job
            result, error = None, None
            try:
                result = job.work()
            except BaseException as raised:  # noqa: BLE001 - the boundary of one worker thread
                error = raised
            with self._lock:
                self.busy_s += time.monotonic() - job.began
                hand.job = None
                if hand.given_up:
                    return
            if error is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(error)
            del job, result, error  # a thread that waits keeps nothing alive

    def _look_after(self) -> None:
        while not self._closed.wait(LOOK_EVERY_S):
            for hand in tuple(self._hands):
                if self._hangs(hand):
                    self._give_up(hand)

    def _hangs(self, hand: _Hand) -> bool:
        job = hand.job
        if job is None or hand.proc is None:
            return False
        if hand.stillness is None or hand.looked_at != job.began:
            hand.looked_at, hand.stillness = job.began, Stillness(hand.proc)
        return hand.stillness.look() or time.monotonic() - job.began > self._longest_s

    def _give_up(self, hand: _Hand) -> None:
        with self._lock:
            job = hand.job
            if job is None:  # it came back meanwhile
                return
            hand.given_up = True
            self._hands.remove(hand)
            self.replaced += 1
            self._hands.add(self._hand())
        job.future.set_exception(Hung())
