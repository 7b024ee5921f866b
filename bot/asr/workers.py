"""Hears in worker processes: a crash or a hang costs the turns that one of them hears, and nothing else.

One thread reads all answers and looks after the workers; who asks never waits.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import pickle
import selectors
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bot import errors
from bot.asr.nursery import ACCEPT, FINISH, FORGET, MESSAGE_BYTES, OPEN, Load
from bot.asr.worker_processes import Nursery, Worker
from bot.audio import RATE_HZ, Audio
from bot.errors import ModelError
from bot.ports import Hung
from bot.replies import Expect, Hypothesis, Utterance
from bot.stillness import LOOK_EVERY_S

PAUSE_S: Final = 5.0  # between two nurseries
PIECE_BYTES: Final = 16_000  # of audio in one message: far less than a socket holds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HeardBy:
    """Which engine hears a turn. It hears no more than `at_once` turns at once; `beyond` is that of the others.

    An engine may cost several times as much: beyond what the machine can do every caller would wait.
    """

    engine: str
    at_once: int | None = None
    beyond: str = ""


class RecognizerWorkers:
    """`count` workers behind the Hearing port, each turn heard by one of them with the engine of its row in `turns`.

    `load` makes the engines by name; it is pickled and run once, in the nursery. A worker that dies, stands still, or
    takes longer than `longest_s` for a piece of audio or a result is killed and replaced.

    `replaced` counts those; `busy_s` is the time that hearing has taken, in seconds of the clock.
    """

    def __init__(self, load: Load, turns: Mapping[Expect, HeardBy], *, count: int, longest_s: float) -> None:
        self.count = count
        self.replaced = 0
        self.busy_s = 0.0
        self._load = pickle.dumps(load)
        self._turns = turns
        self._longest_s = longest_s
        self._loaded: Future[None] = Future()
        self._lock = threading.Lock()
        self._workers: list[Worker] = []  # changed by the thread only, and with the lock
        self._numbers = itertools.count()
        self._forgotten: deque[tuple[Worker, int]] = deque()
        self._selector = selectors.DefaultSelector()
        self._nursery = self._new_nursery()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="asr workers", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the engines are loaded. Raises what `load` raises; ModelError where loading died or took too long."""
        self._loaded.result()

    @property
    def waiting(self) -> int:
        """How many pieces of audio no worker has begun with."""
        return sum(max(0, len(worker.questions) - 1) for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """Of the workers that are there."""
        return [worker.pid for worker in self._workers if worker.pid is not None and not worker.lost]

    @property
    def nursery_pid(self) -> int:
        return self._nursery.process.pid

    def open(self, expect: Expect) -> WorkerStream:
        with self._lock:
            self._forget()
            engine = self._choose(self._turns[expect])
            there = [worker for worker in self._workers if not worker.lost]
            worker = min(there, key=lambda worker: worker.burden(engine), default=None)
            number = next(self._numbers)
            if worker is not None:
                worker.streams[number] = engine
                worker.ask(OPEN, number, f"{engine} {expect.value}".encode())
        return WorkerStream(self, worker, number)

    def ask(self, worker: Worker | None, what: int, number: int, body: bytes = b"") -> Future[Any]:
        """For the streams. There is no worker where all were lost when the turn began."""
        with self._lock:
            if worker is None or worker.lost:
                return _given_up()
            if what == FINISH:
                worker.streams.pop(number, None)
            return worker.ask(what, number, body)

    def forget(self, worker: Worker, number: int) -> None:
        """For a stream that is nobody's any more. Takes no lock: it may be called wherever Python looks for garbage."""
        self._forgotten.append((worker, number))

    def close(self) -> None:
        """Harmless twice."""
        self._closed.set()
        self._thread.join()
        with self._lock:
            gone, self._workers = self._workers, []
        for worker in gone:
            self._end(worker)
        self._nursery.end()
        self._selector.close()

    def _choose(self, row: HeardBy) -> str:
        heard = sum(engine == row.engine for worker in self._workers for engine in worker.streams.values())
        return row.engine if row.at_once is None or heard < row.at_once else row.beyond

    def _forget(self) -> None:
        while self._forgotten:
            worker, number = self._forgotten.popleft()
            if worker.streams.pop(number, None) is not None and not worker.lost:
                worker.ask(FORGET, number)

    # What follows is done by the thread.

    def _look_after(self) -> None:
        look_at = 0.0
        while not self._closed.is_set():
            for key, _ in self._selector.select(LOOK_EVERY_S):
                key.data()
            if (now := time.monotonic()) >= look_at:
                look_at = now + LOOK_EVERY_S
                self._look(now)

    def _look(self, now: float) -> None:
        self._look_at_nursery(now)
        for worker in self._workers:
            worker.look(now, self._longest_s)
        with self._lock:
            self._forget()
            gone = [worker for worker in self._workers if worker.lost]
            self._workers = [worker for worker in self._workers if not worker.lost]
        for worker in gone:
            log.warning("recogniser lost", extra={"why": worker.lost})
            self.replaced += worker.pid is not None
            self._end(worker)
        self._hire()

    def _hire(self) -> None:
        while self._nursery.loaded and len(self._workers) < self.count and (line := self._nursery.fork()):
            worker = Worker(line)
            self._selector.register(line, selectors.EVENT_READ, partial(self._hear, worker))
            with self._lock:
                self._workers = [*self._workers, worker]

    def _hear(self, worker: Worker) -> None:
        """One answer of a worker."""
        try:
            answer = json.loads(worker.line.recv(MESSAGE_BYTES) or "null")
        except (OSError, ValueError):
            answer = None
        if answer is None:
            worker.lost = worker.lost or "died"
            self._selector.unregister(worker.line)
        elif worker.pid is None:
            worker.settle(answer["pid"])
        else:
            self.busy_s += answer["took_s"]
            with self._lock:
                question = worker.answered()
            _answer(question, answer)

    def _end(self, worker: Worker) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(worker.line)
        for question in worker.end():
            question.set_exception(Hung())

    def _new_nursery(self) -> Nursery:
        nursery = Nursery(self._load)
        self._selector.register(nursery.line, selectors.EVENT_READ, partial(self._hear_nursery, nursery))
        return nursery

    def _hear_nursery(self, nursery: Nursery) -> None:
        told = nursery.hear()
        self._hire()
        if told is None:
            self._selector.unregister(nursery.line)
        elif not self._loaded.done():
            if "error" in told:
                self._loaded.set_exception(getattr(errors, told["error"], ModelError)(told["text"]))
            else:
                self._loaded.set_result(None)

    def _look_at_nursery(self, now: float) -> None:
        """One that is lost takes those that it has not forked with it; a new one is loaded while the others go on."""
        awaited = [worker for worker in self._workers if worker.pid is None]
        self._nursery.look(now, awaited=bool(awaited))
        if not self._nursery.lost:
            return
        if not self._loaded.done():
            self._loaded.set_exception(ModelError("Bộ nhận dạng chết hoặc quá lâu khi nạp. Kiểm tra: nhanh8 check."))
        for worker in awaited:
            worker.lost = "not born"
        if now - self._nursery.began >= PAUSE_S:
            log.error("recogniser nursery lost", extra={"why": self._nursery.lost})
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._nursery.line)
            self._nursery.end()
            self._nursery = self._new_nursery()


class WorkerStream:
    """One turn in one worker."""

    def __init__(self, workers: RecognizerWorkers, worker: Worker | None, number: int) -> None:
        self._workers = workers
        self._worker = worker
        self._number = number

    def accept(self, audio: Audio) -> Future[str]:
        pcm = audio.at(RATE_HZ).pcm
        pieces = [pcm[at : at + PIECE_BYTES] for at in range(0, len(pcm), PIECE_BYTES)] or [b""]
        return [self._workers.ask(self._worker, ACCEPT, self._number, piece) for piece in pieces][-1]

    def finish(self) -> Future[Utterance]:
        return self._workers.ask(self._worker, FINISH, self._number)

    def __del__(self) -> None:
        if self._worker is not None:
            self._workers.forget(self._worker, self._number)


def _given_up() -> Future[Any]:
    question: Future[Any] = Future()
    question.set_exception(Hung())
    return question


def _answer(question: Future[Any], answer: Mapping[str, Any]) -> None:
    if "error" in answer:
        question.set_exception(RuntimeError(f"{answer['error']} in a recogniser"))
    elif "hypotheses" in answer:
        question.set_result(Utterance(tuple(Hypothesis(*each) for each in answer["hypotheses"])))
    else:
        question.set_result(answer.get("words"))
