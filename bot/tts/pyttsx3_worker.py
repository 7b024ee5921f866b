"""Speaks with pyttsx3 in a process of its own: `python -m bot.tts.pyttsx3_worker <driver> <properties> <library>`.

`properties` is a JSON table, set in its order; `library` is whose espeak-ng the driver `espeak` loads. Requests on
stdin are a 4-byte big-endian length and UTF-8 text; answers on stdout are one byte (0 for a WAV, 1 for an error text),
a 4-byte length and the bytes. The first answer says that the engine is ready: the voice's name, if the driver tells it.
A password may be spoken here, so nothing reaches a disk: pyttsx3 writes its WAV into memory, and a crash leaves no core
file.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from bot.errors import SpeechError

LENGTH: Final = struct.Struct(">I")
DEBIAN_LIBRARY: Final = "libespeak-ng.so.1"
WAV, ERROR = b"\0", b"\1"
ESPEAK: Final = "espeak"
DEBIAN, WHEEL = "debian", "wheel"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    driver, properties, library = sys.argv[1:]
    requests, answers = sys.stdin.buffer, _private_stdout()
    try:
        speaking = _Speaking(driver, json.loads(properties), library)
    except SpeechError as error:
        _answer(answers, ERROR, str(error).encode())
        return
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        why = f"Bộ đọc {driver} không dùng được: {error}. Cài lại hoặc đổi giọng đọc."
        _answer(answers, ERROR, why.encode())
        return
    _answer(answers, WAV, speaking.name.encode())
    while header := requests.read(LENGTH.size):
        text = requests.read(*LENGTH.unpack(header)).decode()
        _answer(answers, WAV, speaking.wav(text))


class _Speaking:
    """One pyttsx3 engine and the memory that it saves to. `name` is empty where the driver tells none that is stable.

    Raises what the driver raises; pyttsx3 alone would report it as an event and go on with another voice.
    """

    def __init__(self, driver: str, properties: dict[str, Any], library: str) -> None:
        if driver == ESPEAK:
            _load_espeak(library)
        else:
            importlib.import_module(driver)  # makes itself known to pyttsx3
        import pyttsx3  # noqa: PLC0415 - finds the library that was loaded above

        self._errors: list[Exception] = []
        self._engine = pyttsx3.init(driver)
        self._engine.connect("error", lambda name, exception: self._errors.append(exception))
        self._settle: Callable[[], object] = _at_rest if driver == ESPEAK else lambda: None
        self._settle()
        self._engine.proxy.setBusy(False)  # what is set counts at once
        for key, value in properties.items():
            self._engine.setProperty(key, value)
        self._check()
        self.name = "" if driver == ESPEAK else str(self._engine.getProperty("voices")[0].name)
        self._memory = os.memfd_create("speech")

    def wav(self, text: str) -> bytes:
        self._settle()
        self._engine.save_to_file(text, f"/proc/self/fd/{self._memory}")
        self._engine.runAndWait()
        self._check()
        data = os.pread(self._memory, os.fstat(self._memory).st_size, 0)
        os.ftruncate(self._memory, 0)
        return data

    def _check(self) -> None:
        for error in self._errors:
            raise error


def _at_rest() -> None:
    """Wait for espeak-ng's own thread: pyttsx3 cancels what it still has to do, settings too, when a loop ends."""
    from pyttsx3.drivers import _espeak  # noqa: PLC0415 - finds the library that was loaded

    _espeak.Synchronize()


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
