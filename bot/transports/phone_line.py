"""A simulated telephone line for synthetic callers: handset band, G.711 A-law at 8 kHz, faint line noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.audio import FRAME_SAMPLES, RATE_HZ, Audio, from_samples, silence
from bot.telephone import Floats, band_limited, through_g711

SPEECH_RMS = 2500.0  # about -22 dBFS


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """Noise lies `snr_db` under the level that speech is set to. The same seed gives the same line."""

    snr_db: float = 30.0
    seed: int = 8

    def carry(self, audio: Audio) -> Audio:
        """`audio` as it arrives at the other end, 8 kHz: as long as it was, at one level of speech."""
        if not audio.pcm:
            return Audio(b"")
        speech = band_limited(audio.at(RATE_HZ).samples)
        rms = float(np.sqrt(np.mean(speech**2))) or 1.0
        noisy = speech * (SPEECH_RMS / rms) + self._noise(len(speech))
        return through_g711(from_samples(noisy))

    def idle_frames(self, count: int = 50) -> list[bytes]:
        """Frames of the line while nobody speaks, to be repeated."""
        noise = from_samples(self._noise(FRAME_SAMPLES * count))
        return through_g711(noise).frames()

    def _noise(self, samples: int) -> Floats:
        level = SPEECH_RMS * 10 ** (-self.snr_db / 20)
        return np.random.default_rng(self.seed).normal(0.0, level, samples)


def spaced(parts: list[Audio], pause_ms: int) -> Audio:
    """Parts of one utterance with pauses between them, and a short one around."""
    joined = bytearray(silence(100).pcm)
    for index, part in enumerate(parts):
        joined += silence(pause_ms).pcm if index else b""
        joined += part.at(RATE_HZ).pcm
    return Audio(bytes(joined) + silence(100).pcm)
