"""What the average voice's network is told: syllables by their sounds, steps of 10 ms by their place in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.vietnamese.syllables import INVENTORY, sounds

Reals = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

PARTS: Final = tuple(INVENTORY)  # a syllable's ids, in this order
CONTEXT: Final = 5
PLACE: Final = 7
SILENCE, ONSET, RIME = 0, 1, 2  # kinds of a segment
_FAR: Final = 6.0  # syllables from a pause: further is as far
_LONG: Final = 30.0  # frames of a segment

_IDS: Final = {part: {sound: number for number, sound in enumerate(known)} for part, known in INVENTORY.items()}


@dataclass(frozen=True, slots=True)
class Syllables:
    """`ids` [syllables, 6] in the order of `PARTS`; `context` [syllables, 5]: where pauses are."""

    ids: Integers
    context: Reals


@dataclass(frozen=True, slots=True)
class Segments:
    """Silences, onsets and rimes in time: `kinds`, `syllables` (whose it is; of a silence, any) and `frames`."""

    kinds: Integers
    syllables: Integers
    frames: Integers


@dataclass(frozen=True, slots=True)
class Frames:
    """`kinds` [frames], `syllables` [frames], and where in its segment each frame is, `places` [frames, 7]."""

    kinds: Integers
    syllables: Integers
    places: Reals

    def __len__(self) -> int:
        return len(self.kinds)


def syllables(words: Sequence[str], pauses_after: Sequence[bool]) -> Syllables:
    """Of the words of an utterance; before the first and after the last there is always a pause.

    Raises:
        ValueError: a word is no Vietnamese syllable.
    """
    apart = [sounds(word) for word in words]
    ids = [[_IDS[part][getattr(each, part)] for part in PARTS] for each in apart]
    ends = np.array([*pauses_after[:-1], True])
    starts = np.array([True, *ends[:-1]])
    number = np.arange(len(words))
    from_start = number - np.maximum.accumulate(np.where(starts, number, 0))
    to_end = np.minimum.accumulate(np.where(ends, number, len(words))[::-1])[::-1] - number
    last = np.zeros(len(words))
    last[-1] = 1.0
    context = [starts, ends, np.minimum(from_start, _FAR) / _FAR, np.minimum(to_end, _FAR) / _FAR, last]
    return Syllables(np.array(ids, np.int64).reshape(-1, len(PARTS)), np.stack(context, 1).astype(np.float32))


def frames(segments: Segments) -> Frames:
    """One frame after another."""
    count = segments.frames
    starts = np.repeat(np.cumsum(count) - count, count)
    length = np.repeat(count, count)
    at = (np.arange(count.sum()) - starts + 0.5) / length
    places = [
        at,
        np.sin(np.pi * at),
        *(np.cos(turns * np.pi * at) for turns in (1, 2, 3)),
        np.minimum(length, 2 * _LONG) / _LONG,
        1.0 / length,
    ]
    return Frames(
        np.repeat(segments.kinds, count), np.repeat(segments.syllables, count), np.stack(places, 1).astype(np.float32)
    )
