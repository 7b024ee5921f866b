"""The processes that hear, as the bot sees them: a worker, and the nursery that forks workers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from bot.asr.nursery import HEAD, MESSAGE_BYTES
from bot.stillness import Stillness

LOAD_TIMEOUT_S: Final = 120.0

_PROJECT: Final = Path(__file__).resolve().parents[2]
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # others would not survive a fork


class Worker:
    """What is known of a worker. `pid` is None until it is there, and what is asked before waits in its socket."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.pid: int | None = None
        self.lost = ""  # why
        self.streams: dict[int, str] = {}  # the engine of each
        self.questions: deque[Future[Any]] = deque()
        self._unsent: deque[bytes] = deque()
        self._began = 0.0  # with the first of the questions
        self._stillness: Stillness | None = None

    def burden(self, engine: str) -> tuple[int, int]:
        """How much it has to do, to compare by: turns of that engine first."""
        return list(self.streams.values()).count(engine), len(self.streams)

    def ask(self, what: int, number: int, body: bytes = b"") -> Future[Any]:
        question: Future[Any] = Future()
        question.set_running_or_notify_cancel()
        if not self.questions:
            self._began = time.monotonic()
        self.questions.append(question)
        self._unsent.append(HEAD.pack(what, number) + body)
        self._send()
        return question

    def answered(self) -> Future[Any]:
        """The question that the answer is for."""
        self._began = time.monotonic()
        self._send()
        return self.questions.popleft()

    def settle(self, pid: int) -> None:
        self.pid = pid
        self._began = time.monotonic()

    def look(self, now: float, longest_s: float) -> None:
        if self.lost or self.pid is None or not self.questions:
            self._stillness = None
            return
        self._stillness = self._stillness or Stillness(self.pid)
        if self._stillness.look():
            self.lost = "stands still"
        elif now - self._began > longest_s:
            self.lost = "takes too long"

    def end(self) -> list[Future[Any]]:
        """The questions that it leaves open."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.line.close()
        open_questions, self.questions = list(self.questions), deque()
        return open_questions

    def _send(self) -> None:
        """As much as its socket holds: a worker that has stopped must not stop who asks."""
        with contextlib.suppress(OSError):  # it is full, or the worker is gone and the thread will see
            while self._unsent:
                self.line.send(self._unsent[0], socket.MSG_DONTWAIT)
                self._unsent.popleft()


class Nursery:
    """The process that forks workers (bot.asr.nursery). Nothing of the bot's secrets is in its environment."""

    def __init__(self, load: bytes) -> None:
        self.lost = ""  # why
        self.began = time.monotonic()
        self._ready = False
        self._stillness: Stillness | None = None
        self.line, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "bot.asr.nursery", str(its.fileno())],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=_PROJECT,
                env={key: value for key, value in os.environ.items() if not key.startswith("NHANH8_")} | _ONE_THREAD,
            )
        self.line.send(load)

    @property
    def loaded(self) -> bool:
        """Whether it can fork workers."""
        return self._ready and not self.lost

    def hear(self) -> dict[str, str] | None:
        """What it tells; None where it is gone."""
        try:
            told: dict[str, str] | None = json.loads(self.line.recv(MESSAGE_BYTES) or "null")
        except OSError:
            told = None
        if told is None:
            self.lost = self.lost or "died"
        elif "error" in told:
            self.lost = told["text"]
        else:
            self._ready = True
        return told

    def look(self, now: float, *, awaited: bool) -> None:
        """`awaited`: a worker should come from it."""
        if self.loaded and awaited:
            self._stillness = self._stillness or Stillness(self.process.pid)
            if self._stillness.look():
                self.lost = "stands still"
        else:
            self._stillness = None
            if not self._ready and now - self.began > LOAD_TIMEOUT_S:
                self.lost = self.lost or "loads too long"

    def fork(self) -> socket.socket | None:
        """The line of a new worker; None where there is nobody to fork it."""
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            try:
                socket.send_fds(self.line, [b"\0"], [its.fileno()], socket.MSG_DONTWAIT)
            except OSError:
                mine.close()
                return None
        return mine

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.line.close()
