"""Pure tones, which survive A-law and tell who is to be heard."""

from __future__ import annotations

import numpy as np

from bot.audio import RATE_HZ, Audio, from_samples

LOUD = 8000


def tone(hz: int, duration_ms: int) -> Audio:
    times = np.arange(RATE_HZ * duration_ms // 1000) / RATE_HZ
    return from_samples(LOUD * np.sin(2 * np.pi * hz * times))


def pitches(audio: Audio, step_ms: int = 200) -> list[int]:
    """The pitch of each stretch of sound to 100 Hz, one after another; silence is left out."""
    size = RATE_HZ * step_ms // 1000
    found: list[int] = []
    for start in range(0, len(audio.samples) - size + 1, size):
        piece = audio.samples[start : start + size].astype(np.float64)
        if np.abs(piece).mean() < LOUD / 8:
            continue
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(size)))
        hz = round(spectrum.argmax() * RATE_HZ / size, -2)
        if not found or found[-1] != hz:
            found.append(int(hz))
    return found
