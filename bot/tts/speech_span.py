"""Where in a recording somebody speaks, and how far the room's noise lies under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.tts.raw_sound import Floats

FRAME_MS: Final = 10

_OVER_NOISE_DB: Final = 9.0  # what speech is taken to rise by
_QUIETEST_DB: Final = -45.0  # of what can be speech, under its loudest frame; as in `bot.tts.edges`
_LOUDEST_DB: Final = -20.0  # of what can be a room's noise: more, and the recording has no silence at all
_SOFT_DB: Final = 3.0  # over the noise: a soft beginning or end of speech
_SOFTEST_DB: Final = -55.0
_SOFTEST_FRAMES: Final = 20
_CLICK_FRAMES: Final = 4  # of a key or a mouse; speech lasts longer
_APART_FRAMES: Final = 15
_NOISE_FRAMES: Final = 8


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """From sample `start` up to `end`. `snr_db`: speech over the noise around it; None where too little is around."""

    start: int
    end: int
    snr_db: float | None


def speech_span(samples: Floats, rate_hz: int) -> SpeechSpan | None:
    """From the first to the last speech, clicks around it left out; None where nothing is louder than -60 dBFS."""
    window = rate_hz * FRAME_MS // 1000
    count = len(samples) // window
    if count == 0:
        return None
    power = (samples[: count * window].reshape(count, window) ** 2).mean(axis=1)
    level = 10 * np.log10(np.maximum(power, 1e-12))
    if level.max() < -60:
        return None
    noise = float(np.percentile(level, 10))
    loud = level > np.clip(noise + _OVER_NOISE_DB, level.max() + _QUIETEST_DB, level.max() + _LOUDEST_DB)
    first, last = _without_clicks(loud)
    soft = level > max(noise + _SOFT_DB, level.max() + _SOFTEST_DB)
    first, last = _softer(soft, first, -1), _softer(soft, last, 1)
    around = np.concatenate([level[: max(first - 2, 0)], level[last + 3 :]])
    snr_db = _speech_level(level[first : last + 1]) - float(np.median(around)) if len(around) >= _NOISE_FRAMES else None
    return SpeechSpan(first * window, (last + 1) * window, snr_db)


def _without_clicks(loud: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The first and the last frame of what is loud, without what is both short and far from the rest."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    runs = [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
    longer = [run for run in runs if run[1] - run[0] > _CLICK_FRAMES] or runs
    first, end = longer[0][0], longer[-1][1]
    for start, stop in reversed(runs):
        if first - _APART_FRAMES < stop <= first:
            first = start
    for start, stop in runs:
        if end <= start < end + _APART_FRAMES:
            end = stop
    return first, end - 1


def _softer(soft: npt.NDArray[np.bool_], at: int, step: int) -> int:
    """As far as soft frames go on from `at`."""
    for _ in range(_SOFTEST_FRAMES):
        if not (0 <= at + step < len(soft) and soft[at + step]):
            break
        at += step
    return at


def _speech_level(level: Floats) -> float:
    """The mean power of the frames within 30 dB of the loudest: without pauses."""
    spoken = level[level > level.max() - 30]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10))))
