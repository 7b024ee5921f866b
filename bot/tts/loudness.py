"""Loudness of speech as broadcasters measure it, and speech brought to one loudness."""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view

from bot.tts.raw_sound import Floats

TARGET_LUFS: Final = -16.0
PEAK_DBTP: Final = -1.0  # EBU R 128

_BLOCK_S: Final = 0.4
_OVERSAMPLED: Final = 4
_LIMITER_MS: Final = 10
_MOST_LIMITED_DB: Final = 9.0
_ROUNDS: Final = 12
_EXACT_LU: Final = 0.05


def loudness_lufs(samples: Floats, rate_hz: int) -> float:
    """Integrated loudness (ITU-R BS.1770-4) of one channel, full scale is ±1; -inf where all is under -70 LUFS.

    What is shorter than the standard's block of 400 ms is one block as long as itself: its own mean, without a gate.
    """
    from pyloudnorm import Meter  # noqa: PLC0415 - brings much of scipy, which only few commands need

    block_s = min(_BLOCK_S, len(samples) / rate_hz)
    return float(Meter(rate_hz, block_size=block_s).integrated_loudness(samples))


def true_peak_dbtp(samples: Floats) -> float:
    """The peak between the samples too, oversampled four times (ITU-R BS.1770-4, annex 2); -inf of silence."""
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(_peaks(samples).max()))


def levelled(samples: Floats, rate_hz: int, speech: slice = slice(None)) -> Floats:
    """The same with `speech`, a part of it, at -16 LUFS and no true peak over -1 dBTP; silence stays as it is.

    Peaks are turned down for some 10 ms, and the whole up by what that takes away. Speech whose peaks stand too high
    above it for that stays quieter.
    """
    result, gain_db = _limited(samples, rate_hz), 0.0
    most_db = PEAK_DBTP + _MOST_LIMITED_DB - true_peak_dbtp(samples)
    for _ in range(_ROUNDS):
        lacking_lu = TARGET_LUFS - loudness_lufs(result[speech], rate_hz)
        louder_db = min(gain_db + lacking_lu, most_db)
        if not np.isfinite(lacking_lu) or abs(louder_db - gain_db) < _EXACT_LU:
            break
        gain_db, result = louder_db, _limited(samples * 10 ** (louder_db / 20), rate_hz)
    return result


def _limited(samples: Floats, rate_hz: int) -> Floats:
    """A mean over as many gains as each peak's gain reaches: it is nowhere higher than a peak allows."""
    most = 10 ** (PEAK_DBTP / 20)
    allowed = np.minimum(1.0, most / np.maximum(_peaks(samples), most))
    half = rate_hz * _LIMITER_MS // 2000
    lowest = sliding_window_view(np.pad(allowed, 2 * half, mode="edge"), 2 * half + 1).min(axis=1)
    return np.asarray(samples * np.convolve(lowest, np.ones(2 * half + 1) / (2 * half + 1), mode="valid"))


def _peaks(samples: Floats) -> Floats:
    """The highest level from each sample to its neighbours."""
    dense = np.resize(soxr.resample(samples, 1, _OVERSAMPLED), len(samples) * _OVERSAMPLED)
    between = np.abs(dense).reshape(-1, _OVERSAMPLED).max(axis=1)
    return np.asarray(np.maximum(between, np.concatenate([[0.0], between[:-1]])))
