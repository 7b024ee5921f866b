"""Measures how fast a synthesiser speaks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.audio import Audio, Samples
from bot.ports import Synthesizer


class PhraseByPhrase(Protocol):
    """A voice that gives the first phrase of a text before the rest is made."""

    def phrases(self, text: str) -> Iterator[Samples]: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text as it was spoken: `cpu_s` on all cores together, `took_ms` on the clock."""

    audio: Audio
    cpu_s: float
    took_ms: float


def speak(text: str, synthesizer: Synthesizer) -> Spoken:
    """Speak with an engine that has spoken before: the first text of all also loads it. Raises SpeechError."""
    cpu, clock = _cpu_s(synthesizer), time.perf_counter()
    audio = synthesizer.synthesize(text)
    return Spoken(audio, _cpu_s(synthesizer) - cpu, (time.perf_counter() - clock) * 1000)


def first_phrase_ms(text: str, voice: PhraseByPhrase) -> float:
    """From the question to the first phrase. Raises SpeechError."""
    clock = time.perf_counter()
    next(iter(voice.phrases(text)))
    return (time.perf_counter() - clock) * 1000


def real_time_factor(spoken: Iterable[Spoken]) -> float:
    """Seconds of one core for a second of speech."""
    listed = list(spoken)
    return sum(each.cpu_s for each in listed) / sum(len(each.audio.samples) / each.audio.rate_hz for each in listed)


def _cpu_s(synthesizer: Synthesizer) -> float:
    """What this process has computed, and the engine's worker where it has one."""
    worker: int | None = getattr(synthesizer, "worker_pid", None)
    # Linux's clock of a process, as clock_getcpuclockid(3) makes it.
    return time.process_time() + (time.clock_gettime((~worker << 3) | 2) if worker else 0.0)
