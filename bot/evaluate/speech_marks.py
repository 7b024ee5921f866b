"""Where speech is in a clean recording, by its energy: what detectors are held against."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from bot.audio import FRAME_MS, FRAME_SAMPLES, Audio
from bot.telephone import band_limited

Flags = npt.NDArray[np.bool_]

RANGE_DB = 30.0  # frames that far under the loudest are silence
ABOVE_LINE_DB = 6.0  # and those no further over the line's own noise
CLEAR_DB = 20.0  # a recording whose speech is not that far over its line says nothing about where it is
CLICK_MS = 60  # shorter sounds that stand alone are no speech
ALONE_MS = 200


@dataclass(frozen=True, slots=True)
class SpeechMarks:
    """Which 20 ms frames of a recording are loud enough to be speech; the first and the last are its ends."""

    active: Flags

    @property
    def start(self) -> int:
        return int(np.flatnonzero(self.active)[0])

    @property
    def stop(self) -> int:
        """The first frame after the speech."""
        return int(np.flatnonzero(self.active)[-1]) + 1


def speech_marks(audio: Audio) -> SpeechMarks | None:
    """The marks of 8 kHz audio of whole frames, in the telephone's band; None where speech does not stand out."""
    if len(audio.samples) < 3 * FRAME_SAMPLES:
        return None
    frames = band_limited(audio.samples).reshape(-1, FRAME_SAMPLES)
    power = (frames**2).mean(axis=1) + 1.0
    loudest = float(10 * np.log10(np.convolve(power, np.ones(3) / 3, "valid").max()))
    line = float(10 * np.log10(np.percentile(power, 10)))
    if loudest - line < CLEAR_DB:
        return None
    active = _without_clicks(10 * np.log10(power) > max(loudest - RANGE_DB, line + ABOVE_LINE_DB))
    return SpeechMarks(active) if active.any() else None


def runs(flags: Flags) -> list[tuple[bool, int, int]]:
    """(value, first, stop) of each stretch of equal flags."""
    found, at = [], 0
    for value, same in groupby(flags.tolist()):
        first, at = at, at + len(list(same))
        found.append((bool(value), first, at))
    return found


def _without_clicks(active: Flags) -> Flags:
    kept = active.copy()
    far = ALONE_MS // FRAME_MS
    for loud, first, stop in runs(active):
        around = active[max(first - far, 0) : first].any() or active[stop : stop + far].any()
        if loud and not around and (stop - first) * FRAME_MS < CLICK_MS:
            kept[first:stop] = False
    return kept
