"""A synthesiser that hums, for tests of everything above it."""

from __future__ import annotations

import numpy as np

from bot.audio import RATE_HZ, Audio, from_samples

MS_PER_WORD = 200


class ToneSynthesizer:
    """A tone for each word, 200 ms each; `spoken` keeps what was asked."""

    def __init__(self, voice: str = "tone/440") -> None:
        self._voice = voice
        self.spoken: list[str] = []

    @property
    def voice(self) -> str:
        return self._voice

    def synthesize(self, text: str) -> Audio:
        self.spoken.append(text)
        seconds = np.arange(len(text.split()) * MS_PER_WORD * RATE_HZ // 1000) / RATE_HZ
        return from_samples(8000 * np.sin(2 * np.pi * 440 * seconds))

    def close(self) -> None:
        """Nothing is held."""
