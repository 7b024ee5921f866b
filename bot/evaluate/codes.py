"""Makes spoken codes out of clips of single digits: pasted words, not connected speech."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.audio import RATE_HZ, Audio, from_samples, join, silence
from bot.evaluate.recordings import Clip
from bot.evaluate.trials import Kind, Trial
from bot.vietnamese.lexicon import DIGIT_OF

LENGTH: Final = 10
STYLES: Final[Mapping[str, tuple[int, ...]]] = {
    "singles": (10,),
    "3-3-4": (3, 3, 4),
    "4-3-3": (4, 3, 3),
    "pairs": (2, 2, 2, 2, 2),
}
PAUSE_MS: Final = (300, 800)  # between groups
SPEECH_RMS: Final = 2500.0  # about -22 dBFS
ROOM_RMS: Final = 12.0  # about -69 dBFS: no line is silent to the last bit
MARGIN_MS: Final = 30  # left around a word
_TAKES: Final = 6  # neighbours of one digit that stand for one voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Clips of each digit by one speaker, as far as neighbours in a source's table are one."""

    source: str
    name: str
    takes: Mapping[str, Sequence[Clip]]  # by digit, `0` to `9`, none empty
    dialect: str = ""


def voices(clips: Iterable[Clip]) -> list[Voice]:
    """Every run of neighbouring digit clips of one source and speaker that has all ten digits."""
    said: dict[tuple[str, str], dict[str, list[Clip]]] = {}
    for clip in clips:
        digit = DIGIT_OF.get(clip.text)
        if clip.kind == "digit" and digit is not None:
            said.setdefault((clip.source, clip.speaker), {}).setdefault(digit, []).append(clip)
    return [
        Voice(source=source, name=f"{speaker}/{part + 1}", takes=takes, dialect=_dialect(takes))
        for (source, speaker), takes_of in said.items()
        if len(takes_of) == len("0123456789")
        for part, takes in enumerate(_parts(takes_of))
    ]


def spoken_codes(
    among: Sequence[Voice],
    count: int,
    seed: int,
    *,
    pause_ms: tuple[int, int] = PAUSE_MS,
    styles: Mapping[str, tuple[int, ...]] = STYLES,
) -> Iterator[Trial]:
    """`count` codes of 10 digits, the voices in turn; each depends on `seed`, its number and the voices only.

    Gaps of 0.05 to 0.3 s between digits, pauses of `pause_ms` (shortest, longest) between the groups of a style, room
    noise around.
    """
    for number in range(count):
        rng = random.Random(f"{seed}/code/{number}")  # noqa: S311 - nobody's code
        voice = among[number % len(among)]
        code = "".join(rng.choices("0123456789", k=LENGTH))
        style = rng.choice(list(styles))
        audio, ends_ms = _pasted(code, voice, styles[style], pause_ms, rng)
        yield Trial(
            id=f"code-{number + 1:04}",
            kind=Kind.CODE,
            said=code,
            audio=in_room(audio, rng.getrandbits(32)),
            source=voice.source,
            speaker=voice.name,
            dialect=voice.dialect,
            origin=style,
            ends_ms=ends_ms,
        )


def trimmed(audio: Audio, *, margin_ms: int = MARGIN_MS) -> Audio:
    """Without the silence before and after: what is 35 dB below the loudest 10 ms. 8 kHz."""
    window = RATE_HZ // 100
    samples = audio.samples.astype(np.float64)
    count = len(samples) // window
    power = (samples[: count * window].reshape(count, window) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max(initial=0.0) * 10**-3.5)
    if not len(loud):
        return audio
    margin = margin_ms * RATE_HZ // 1000
    start = max(int(loud[0]) * window - margin, 0)
    return from_samples(samples[start : (int(loud[-1]) + 1) * window + margin])


def levelled(audio: Audio, *, rms: float = SPEECH_RMS) -> Audio:
    """One loudness for words that were recorded apart."""
    samples = audio.samples.astype(np.float64)
    level = float(np.sqrt((samples**2).mean())) or 1.0
    return from_samples(samples * (rms / level), audio.rate_hz)


def in_room(audio: Audio, seed: int) -> Audio:
    """The same over the faint noise of a room."""
    noise = np.random.default_rng(seed).normal(0.0, ROOM_RMS, len(audio.samples))
    return from_samples(audio.samples + noise, audio.rate_hz)


def _dialect(takes: Mapping[str, Sequence[Clip]]) -> str:
    """The one of all of them, if they have one."""
    dialects = {clip.dialect for of in takes.values() for clip in of}
    return dialects.pop() if len(dialects) == 1 else ""


def _parts(takes_of: Mapping[str, list[Clip]]) -> Iterator[dict[str, list[Clip]]]:
    """The lists cut into as many equal runs of neighbours as the rarest digit allows."""
    parts = max(min(map(len, takes_of.values())) // _TAKES, 1)
    for part in range(parts):
        yield {
            digit: takes[part * len(takes) // parts : (part + 1) * len(takes) // parts]
            for digit, takes in takes_of.items()
        }


def _pasted(
    code: str, voice: Voice, groups: tuple[int, ...], pause_ms: tuple[int, int], rng: random.Random
) -> tuple[Audio, tuple[int, ...]]:
    """The audio, and where in it each digit ends in ms."""
    parts = [silence(rng.randint(300, 600))]
    samples = len(parts[0].samples)
    ends_ms = []
    for at, group in enumerate(groups):
        first = sum(groups[:at])
        for place, digit in enumerate(code[first : first + group]):
            gap_ms = 0 if not at and not place else rng.randint(50, 300) if place else rng.randint(*pause_ms)
            said = levelled(trimmed(rng.choice(voice.takes[digit]).audio))
            parts += [silence(gap_ms), said]
            samples += len(parts[-2].samples) + len(said.samples)
            ends_ms.append(samples * 1000 // RATE_HZ)
    return join([*parts, silence(rng.randint(500, 800))]), tuple(ends_ms)
