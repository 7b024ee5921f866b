"""Speaks with pyttsx3 in a process of its own: `python -m bot.tts.pyttsx3_worker <voice> <rate> <pitch> <library>`.

Requests on stdin are a 4-byte big-endian length and UTF-8 text; answers on stdout are one byte (0 for a WAV, 1 for an
error text), a 4-byte length and the bytes. The first answer, empty, says that the engine is ready. A password may be
spoken here, so nothing reaches a disk: pyttsx3 writes its WAV into memory, and a crash leaves no core file.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from typing import BinaryIO, Final

LENGTH: Final = struct.Struct(">I")
DEBIAN_LIBRARY: Final = "libespeak-ng.so.1"
WAV, ERROR = b"\0", b"\1"
DEBIAN, WHEEL = "debian", "wheel"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    voice, rate_wpm, pitch, library = sys.argv[1:]
    requests, answers = sys.stdin.buffer, _private_stdout()
    try:
        speaking = _Speaking(voice, int(rate_wpm), int(pitch), library)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        _answer(answers, ERROR, str(error).encode())
        return
    _answer(answers, WAV, b"")
    while header := requests.read(LENGTH.size):
        text = requests.read(*LENGTH.unpack(header)).decode()
        _answer(answers, WAV, speaking.wav(text))


class _Speaking:
    """One pyttsx3 engine and the memory that it saves to."""

    def __init__(self, voice: str, rate_wpm: int, pitch: int, library: str) -> None:
        _load_espeak(library)
        import pyttsx3  # noqa: PLC0415 - finds the library that was loaded above
        from pyttsx3.drivers import _espeak  # noqa: PLC0415

        # pyttsx3 queues the setting and swallows an unknown voice's error, then speaks English: ask the engine itself.
        self._engine = pyttsx3.init("espeak")
        if _espeak.SetVoiceByName(voice.encode()) != _espeak.EE_OK:
            raise ValueError(f"no voice {voice}")
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", rate_wpm)
        self._engine.setProperty("pitch", pitch)
        self._memory = os.memfd_create("speech")

    def wav(self, text: str) -> bytes:
        self._engine.save_to_file(text, f"/proc/self/fd/{self._memory}")
        self._engine.runAndWait()
        data = os.pread(self._memory, os.fstat(self._memory).st_size, 0)
        os.ftruncate(self._memory, 0)
        return data


def _load_espeak(library: str) -> None:
    """Debian's espeak-ng; where it is missing, the wheel's, under the name that pyttsx3 asks for."""
    if library == DEBIAN:
        try:
            ctypes.CDLL(DEBIAN_LIBRARY)
            return
        except OSError:
            pass
    import espeakng_loader  # noqa: PLC0415 - only where Debian's is missing

    os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
    ctypes.CDLL(espeakng_loader.get_library_path() + ".1", mode=ctypes.RTLD_GLOBAL)


def _private_stdout() -> BinaryIO:
    """The pipe to the parent; what pyttsx3 prints goes nowhere."""
    pipe = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return pipe


def _answer(answers: BinaryIO, kind: bytes, data: bytes) -> None:
    answers.write(kind + LENGTH.pack(len(data)) + data)
    answers.flush()


if __name__ == "__main__":
    main()
