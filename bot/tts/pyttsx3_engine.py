"""pyttsx3 behind the Synthesizer port, in a worker process that can be killed and replaced."""

from __future__ import annotations

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
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from bot.audio import Audio
from bot.errors import SpeechError
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
    """One worker; callers take turns."""

    def __init__(self, speech: SpeechDriver, timeout_s: float = 10.0) -> None:
        self._speech = speech
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

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

    def _with_worker(self, use: Callable[[_Worker], T]) -> T:
        with self._lock:
            try:
                return use(self._running())
            except _WorkerLost:
                self._stop()
            try:
                return use(self._running())
            except _WorkerLost as lost:
                self._stop()
                raise SpeechError(
                    f"Bộ đọc {self._speech.driver} không trả lời ({lost}). Kiểm tra: nhanh8 check. "
                    "Máy quá chậm thì tăng bot.voice.timeout_ms."
                ) from None

    def _running(self) -> _Worker:
        if self._worker is None:
            self._worker = _Worker(self._speech)
        return self._worker

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
            self.voice = self._answer(START_TIMEOUT_S).decode()
        except (_WorkerLost, SpeechError):
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

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

    def _answer(self, timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        kind = self._read(1, deadline)
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        data = self._read(length, deadline)
        if kind != WAV:
            raise SpeechError(data.decode(errors="replace"))
        return data

    def _read(self, count: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < count:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not self._readable.poll(left_s * 1000):
                raise _WorkerLost("quá lâu")
            piece = os.read(self._answers, count - len(data))
            if not piece:
                raise _WorkerLost("tiến trình đã chết")
            data += piece
        return bytes(data)


def _from_wav(data: bytes) -> Audio:
    try:
        with wave.open(io.BytesIO(data)) as wav:
            audio = Audio(wav.readframes(wav.getnframes()), wav.getframerate())
    except (wave.Error, EOFError):
        raise _WorkerLost("âm thanh hỏng") from None
    if not audio.pcm:
        raise _WorkerLost("không có âm thanh")
    return audio
