"""What a telephone does to speech: the handset's band and G.711."""

from __future__ import annotations

import audioop  # G.711; part of Python up to 3.12

import numpy as np
import numpy.typing as npt

from bot.audio import RATE_HZ, Audio, Samples

Floats = npt.NDArray[np.float64]


def band_limited(samples: Samples | Floats) -> Floats:
    """8 kHz samples in the handset's band with sloping edges, as in ITU-T G.712: nothing under 200 and over 3600 Hz."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    low = np.clip((hertz - 200) / 100, 0, 1)
    high = np.clip((3600 - hertz) / 200, 0, 1)
    return np.asarray(np.fft.irfft(spectrum * low * high, len(samples)))


def through_g711(audio: Audio) -> Audio:
    """The same at 8 kHz after A-law coding: 8 bits a sample."""
    return Audio(audioop.alaw2lin(audioop.lin2alaw(audio.at(RATE_HZ).pcm, 2), 2))
