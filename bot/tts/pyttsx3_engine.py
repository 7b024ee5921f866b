"""pyttsx3 with espeak-ng behind the Synthesizer port, in a worker process that can be killed and replaced."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path
from typing import Final

from bot.audio import RATE_HZ, Audio
from bot.errors import SpeechError
from bot.tts.pyttsx3_worker import DEBIAN, LENGTH, WAV, WHEEL

START_TIMEOUT_S: Final = 15.0
# Fits a pipe's buffer, so that a stopped worker cannot block the writer.
MAX_TEXT_BYTES: Final = 32_000

_PROJECT: Final = Path(__file__).resolve().parents[2]


class EspeakSynthesizer:
    """One worker; callers take turns. `voice` is espeak-ng's name: `vi`, `vi-vn-x-south+f2`.

    The defaults come from what viet-asr's plain text understood through G.711: of 28 prompts and 60 8-digit strings,
    38 % of the words and 71 % of the digits; of plain `vi` 25 % and 64 %. Of 21 other voices, most tried on a third of
    that, +f5 was as good and a fifth longer, the southern and central ones far worse. Other rates, pitches and gaps
    gained nothing. No person has listened.

    `wheel_library` uses the espeakng-loader wheel's espeak-ng though Debian's is installed.
    """

    def __init__(
        self,
        voice: str = "vi+Annie",
        rate_wpm: int = 150,
        pitch: int = 50,
        timeout_s: float = 10.0,
        *,
        wheel_library: bool = False,
    ) -> None:
        library = WHEEL if wheel_library else DEBIAN
        self._arguments = (voice, str(rate_wpm), str(pitch), library)
        self._name = f"espeak-ng/{voice}/{rate_wpm}wpm/pitch{pitch}"
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

    @property
    def voice(self) -> str:
        return self._name

    @property
    def worker_pid(self) -> int | None:
        return self._worker.pid if self._worker else None

    def synthesize(self, text: str) -> Audio:
        """Speak `text`; a worker that hangs or dies is replaced, and the text tried once more.

        Raises:
            SpeechError: no such voice, no espeak-ng, or two workers failed.
        """
        data = text.encode()
        if not text.strip() or len(data) > MAX_TEXT_BYTES:
            raise SpeechError("Câu cần đọc trống hoặc quá dài. Sửa lại lời thoại này.")
        with self._lock:
            try:
                return self._speak(data)
            except _WorkerLost:
                self._stop()
            try:
                return self._speak(data)
            except _WorkerLost as lost:
                self._stop()
                raise SpeechError(f"Bộ đọc espeak-ng không trả lời ({lost}). Kiểm tra: espeak-ng -v vi.") from None

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _speak(self, data: bytes) -> Audio:
        if self._worker is None:
            self._worker = _Worker(self._arguments)
        return _from_wav(self._worker.ask(data, self._timeout_s)).at(RATE_HZ)

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


class _WorkerLost(Exception):
    """The worker died, hung or answered nonsense; its text says which."""


class _Worker:
    """A running worker process. Text goes in by a pipe, never by its arguments, its environment or a file."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
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
            self._answer(START_TIMEOUT_S)
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
            why = data.decode(errors="replace")
            raise SpeechError(f"espeak-ng không dùng được: {why}. Cài lại hoặc đổi giọng đọc.")
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
