"""pyttsx3 behind the Synthesizer port, in a worker process that can be killed and replaced."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from bot.audio import Audio
from bot.errors import SpeechError
from bot.stillness import LOOK_EVERY_S, Stillness
from bot.tts.pyttsx3_worker import DEBIAN, LENGTH, WAV

START_TIMEOUT_S: Final = 15.0
# Fits a pipe's buffer, so that a stopped worker cannot block the writer.
MAX_TEXT_BYTES: Final = 32_000


_PROJECT: Final = Path(__file__).resolve().parents[2]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechDriver:
    """A pyttsx3 driver, what it is set to (in this order), and whose espeak-ng `espeak` is.

    `voice` names engine, voice and tuning, as Synthesizer.voice does; None where the loaded voice knows it.
    """

    driver: str
    properties: Mapping[str, str | float | None]
    library: str = DEBIAN
    voice: str | None = None


class Pyttsx3Synthesizer:
    """One worker; callers take turns. `replaced` counts the workers that hung or died."""

    def __init__(self, speech: SpeechDriver, timeout_s: float = 10.0) -> None:
        self.replaced = 0
        self._speech = speech
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._starter: ThreadPoolExecutor | None = None  # where a spare worker is kept
        self._spare: Future[_Worker] | None = None

    def keep_spare(self) -> None:
        """From now on a second worker is loaded and waits, so that the first can be replaced at once."""
        with self._lock:
            self._starter = self._starter or ThreadPoolExecutor(1, thread_name_prefix="voice")
            self._start_spare()

    @property
    def voice(self) -> str:
        """Starts the worker where only the loaded voice knows its name. Raises SpeechError."""
        return self._speech.voice or self._with_worker(lambda worker: worker.voice)

    @property
    def worker_pid(self) -> int | None:
        return self._worker.pid if self._worker else None

    def synthesize(self, text: str) -> Audio:
        """Speak `text`; a worker that hangs or dies is replaced, and the text tried once more.

        Raises:
            SpeechError: no such voice, no engine, or two workers failed.
        """
        data = text.encode()
        if not text.strip() or len(data) > MAX_TEXT_BYTES:
            raise SpeechError("Câu cần đọc trống hoặc quá dài. Sửa lại lời thoại này.")
        return self._with_worker(lambda worker: _from_wav(worker.ask(data, self._timeout_s)))

    def close(self) -> None:
        with self._lock:
            self._stop()
            if self._starter is not None:
                self._starter.shutdown()
            if (spare := self._take_spare()) is not None:
                spare.kill()

    def _with_worker(self, use: Callable[[_Worker], T]) -> T:
        with self._lock:
            try:
                return use(self._running())
            except _WorkerLost:
                self.replaced += 1
                self._stop()
            try:
                return use(self._running())
            except _WorkerLost as lost:
                self.replaced += 1
                self._stop()
                raise SpeechError(
                    f"Bộ đọc {self._speech.driver} không trả lời ({lost}). Kiểm tra: nhanh8 check. "
                    "Máy quá chậm thì tăng bot.voice.timeout_ms."
                ) from None

    def _running(self) -> _Worker:
        if self._worker is None:
            self._worker = self._take_spare() or _Worker(self._speech)
            self._start_spare()
        return self._worker

    def _start_spare(self) -> None:
        if self._starter is not None and self._spare is None:
            self._spare = self._starter.submit(_Worker, self._speech)

    def _take_spare(self) -> _Worker | None:
        """The spare worker if it is well; one that is still being loaded is waited for."""
        spare, self._spare = self._spare, None
        with contextlib.suppress(_WorkerLost, SpeechError):
            if spare is not None and (worker := spare.result()).alive:
                return worker
        return None

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


class _WorkerLost(Exception):
    """The worker died, hung or answered nonsense; its text says which."""


class _Worker:
    """A running worker process. Text goes in by a pipe, never by its arguments, its environment or a file."""

    def __init__(self, speech: SpeechDriver) -> None:
        arguments = (speech.driver, json.dumps(dict(speech.properties)), speech.library)
        command = [sys.executable, "-m", "bot.tts.pyttsx3_worker", *arguments]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=_PROJECT, bufsize=0
        )
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        self._requests = self._process.stdin
        self._answers = self._process.stdout.fileno()
        self._readable = select.poll()
        self._readable.register(self._answers, select.POLLIN)
        try:
            self.voice = self._answer(START_TIMEOUT_S, loading=True).decode()
        except (_WorkerLost, SpeechError):
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, data: bytes, timeout_s: float) -> bytes:
        """The WAV of a text."""
        try:
            self._requests.write(LENGTH.pack(len(data)) + data)
        except OSError:
            raise _WorkerLost("tiến trình đã chết") from None
        return self._answer(timeout_s)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self, timeout_s: float, *, loading: bool = False) -> bytes:
        """Where it is not loading from a disk, a worker that stands still is lost before its time is up."""
        deadline, stillness = time.monotonic() + timeout_s, None if loading else Stillness(self.pid)
        kind = self._read(1, deadline, stillness)
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline, stillness))
        data = self._read(length, deadline, stillness)
        if kind != WAV:
            raise SpeechError(data.decode(errors="replace"))
        return data

    def _read(self, count: int, deadline: float, stillness: Stillness | None) -> bytes:
        data = bytearray()
        while len(data) < count:
            self._await_answer(deadline, stillness)
            piece = os.read(self._answers, count - len(data))
            if not piece:
                raise _WorkerLost("tiến trình đã chết")
            data += piece
        return bytes(data)

    def _await_answer(self, deadline: float, stillness: Stillness | None) -> None:
        while not self._readable.poll(LOOK_EVERY_S * 1000):
            if time.monotonic() >= deadline:
                raise _WorkerLost("quá lâu")
            if stillness is not None and stillness.look():
                raise _WorkerLost("đứng im")


def _from_wav(data: bytes) -> Audio:
    try:
        with wave.open(io.BytesIO(data)) as wav:
            audio = Audio(wav.readframes(wav.getnframes()), wav.getframerate())
    except (wave.Error, EOFError):
        raise _WorkerLost("âm thanh hỏng") from None
    if not audio.pcm:
        raise _WorkerLost("không có âm thanh")
    return audio
