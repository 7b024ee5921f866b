"""The silence at both ends of a piece of speech."""

from __future__ import annotations

from typing import Final

import numpy as np

from bot.audio import Audio, from_samples

_WINDOW_MS: Final = 10
_QUIET: Final = 10**-4.5  # 45 dB below the loudest 10 ms


def trimmed(audio: Audio, *, lead_ms: int = 20, tail_ms: int = 60) -> Audio:
    """Without what is silent before and after, but for `lead_ms` and `tail_ms`; soft last consonants stay."""
    window = audio.rate_hz * _WINDOW_MS // 1000
    samples = audio.samples.astype(np.float64)
    count = len(samples) // window
    if count == 0:
        return audio
    power = (samples[: count * window].reshape(count, window) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * _QUIET)
    if not len(loud):
        return audio
    start = int(loud[0]) * window - lead_ms * audio.rate_hz // 1000
    end = (int(loud[-1]) + 1) * window + tail_ms * audio.rate_hz // 1000
    return from_samples(samples[max(start, 0) : end], audio.rate_hz)
