"""Engines that do what is said to them, for tests of the processes in which they run."""

from __future__ import annotations

import ctypes
import os
import time
from weakref import WeakSet

from bot.audio import Audio
from bot.errors import ModelError
from bot.ports import Recognizer, RecognizerCapabilities
from bot.replies import Expect, Hypothesis, Utterance
from bot.stillness import STILL_S


class Obedient:
    """One turn after the other; `name` is the first of the words that they hear."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.streams: WeakSet[ObedientStream] = WeakSet()
        self.capabilities = RecognizerCapabilities(grammar=False, confidence=True, n_best=True)

    def open(self, expect: Expect) -> ObedientStream:
        stream = ObedientStream(self, expect)
        self.streams.add(stream)
        return stream


class ObedientStream:
    def __init__(self, engine: Obedient, expect: Expect) -> None:
        self._engine = engine
        self._expect = expect
        self._heard = b""

    def accept(self, audio: Audio) -> str:
        """Its engine, what is expected, who hears it, how many turns it hears, how many bytes of this one came."""
        if audio.pcm == b"segfault":
            ctypes.string_at(0)
        elif audio.pcm == b"abort":
            os.abort()
        elif audio.pcm == b"stand still":
            time.sleep(3600)
        elif audio.pcm == b"hum":
            until = time.monotonic() + 2 * STILL_S
            while time.monotonic() < until:
                time.sleep(0.02)
        elif audio.pcm == b"spin":
            while True:
                pass
        elif audio.pcm == b"raise":
            raise LookupError("what was said")
        self._heard += audio.pcm
        known = (self._engine.name, self._expect.value, os.getpid(), len(self._engine.streams), len(self._heard))
        return " ".join(map(str, known))

    def finish(self) -> Utterance:
        return Utterance((Hypothesis("một hai", 2 / 3), Hypothesis("", None)))


def load() -> dict[str, Recognizer]:
    return {name: Obedient(name) for name in ("cheap", "dear")}


def load_nothing() -> dict[str, Recognizer]:
    raise ModelError("Mô hình bị hỏng. Chép lại.")


def load_and_die() -> dict[str, Recognizer]:
    os.abort()


def load_and_fail() -> dict[str, Recognizer]:
    raise LookupError


def load_for_ever() -> dict[str, Recognizer]:
    time.sleep(3600)
    return {}
