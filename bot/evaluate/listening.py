"""Lets an engine hear trials, and measures what that takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.audio import Audio, silence
from bot.evaluate.channels import carry
from bot.evaluate.trials import Trial
from bot.ports import Recognizer
from bot.replies import Expect, Utterance
from bot.vietnamese.digits import hear_digits

PIECE_MS = 100  # as in a call
STEP_MS = 20  # to see when a digit settles

Load = Callable[[], Recognizer]  # crosses to another process: a function of a module, or a partial of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A trial over a channel. `seed` is the run's; `steps` asks for `Answer.settled_ms` too, which hears it twice."""

    trial: Trial
    channel: str
    seed: int
    steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine made of one task.

    `cpu_s` is computing on all cores, `finish_ms` the wall time of the last 100 ms piece and the result. `settled_ms`
    holds, for each digit of a code heard right, how much audio after its end was heard until the words so far showed
    it and all before it for good; empty where that was not asked or cannot be told.
    """

    heard: Utterance
    audio_s: float
    cpu_s: float
    finish_ms: float
    settled_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process needs for one engine: to load it, and the memory that it adds (None where that is not known)."""

    load_s: float
    rss_mb: float | None


class Ears:
    """An engine that is loaded when it is first needed; `babble` is for noisy channels."""

    def __init__(self, load: Load, babble: Audio | None = None) -> None:
        self.babble = babble
        self._load = load
        self._loaded: list[Recognizer] = []

    @property
    def engine(self) -> Recognizer:
        """Raises what the engine raises."""
        if not self._loaded:
            self._loaded.append(self._load())
        return self._loaded[0]


def footprint(ears: Ears, _: object = None) -> Footprint:
    """Load the engine. Raises what it raises."""
    before, started = rss_mb(), time.perf_counter()
    engine = ears.engine
    load_s = time.perf_counter() - started
    listen(engine, silence(1000), Expect.CODE)
    after = rss_mb()
    return Footprint(load_s, None if before is None or after is None else after - before)


def hear(ears: Ears, task: Task) -> Answer:
    """Hear a task. Raises what the engine raises, AudioError: gsm without soundfile."""
    trial = task.trial
    audio = carry(trial.audio, task.channel, seed=trial.seed(task.seed), babble=ears.babble)
    answer = listen(ears.engine, audio, trial.expect)
    if not task.steps or not trial.ends_ms:
        return answer
    return replace(answer, settled_ms=settled_ms(ears.engine, audio, trial.said, trial.ends_ms))


def listen(recognizer: Recognizer, audio: Audio, expect: Expect) -> Answer:
    """Hear 8 kHz audio in one turn, in pieces of 100 ms."""
    *pieces, last = _cut(audio, PIECE_MS) or [audio]
    stream = recognizer.open(expect)
    cpu = time.process_time()
    for piece in pieces:
        stream.accept(piece)
    wall = time.perf_counter()
    stream.accept(last)
    heard = stream.finish()
    return Answer(
        heard=heard,
        audio_s=len(audio.samples) / audio.rate_hz,
        cpu_s=time.process_time() - cpu,
        finish_ms=(time.perf_counter() - wall) * 1000,
    )


def settled_ms(recognizer: Recognizer, audio: Audio, code: str, ends_ms: tuple[int, ...]) -> tuple[int, ...]:
    """See Answer.settled_ms: digits that show up before they end count 0 ms; empty if the code is not heard right."""
    stream = recognizer.open(Expect.CODE)
    settled = [0] * len(code)  # since when each digit and all before it stand
    standing, at_ms = 0, 0
    for piece in _cut(audio, STEP_MS):
        digits = hear_digits(stream.accept(piece)).digits
        at_ms += piece.duration_ms
        same = _alike(code, digits)
        for place in range(standing, same):
            settled[place] = at_ms
        standing = same
    if hear_digits(stream.finish().text).digits != code:
        return ()
    for place in range(standing, len(code)):
        settled[place] = at_ms
    return tuple(max(since - end, 0) for since, end in zip(settled, ends_ms, strict=True))


def _alike(code: str, digits: str) -> int:
    """How many digits at the start are the same."""
    shorter = min(len(code), len(digits))
    return next((at for at, (one, other) in enumerate(zip(code, digits, strict=False)) if one != other), shorter)


def _cut(audio: Audio, piece_ms: int) -> list[Audio]:
    size = 2 * (audio.rate_hz * piece_ms // 1000)
    return [Audio(audio.pcm[at : at + size], audio.rate_hz) for at in range(0, len(audio.pcm), size)]


def rss_mb() -> float | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
