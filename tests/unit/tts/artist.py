"""A voice artist in a room: speech with noise under it and silence around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soxr

from bot.audio import WIDE_BAND_HZ, read_wav
from bot.tts.raw_sound import Floats, RawSound

VOICE = Path(__file__).parents[3] / "audio_prompts/vi"


def said(piece: str) -> Floats:
    """The piece as it is shipped, loudest sample 0.5, 16 kHz."""
    samples = read_wav(VOICE / f"{piece}.wav").samples.astype(np.float64)
    return np.asarray(samples * (0.5 / np.abs(samples).max()))


def in_a_room(speech: Floats, *, snr_db: float = 60.0, before_s: float = 0.5, after_s: float = 0.5) -> Floats:
    room = np.concatenate([np.zeros(round(before_s * WIDE_BAND_HZ)), speech, np.zeros(round(after_s * WIDE_BAND_HZ))])
    level = float(np.sqrt(np.mean(speech**2))) * 10 ** (-snr_db / 20)
    return room + np.random.default_rng(8).normal(size=len(room)) * level


def taken(samples: Floats, rate_hz: int = 48_000) -> RawSound:
    """One channel at 48 kHz, as microphones give it."""
    return RawSound(np.clip(soxr.resample(samples, WIDE_BAND_HZ, rate_hz), -1, 1)[:, None], rate_hz)
