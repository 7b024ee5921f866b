"""A peer's audio, in pieces of any size and rate, cut into telephone frames."""

from __future__ import annotations

import numpy as np
import soxr

from bot.audio import FRAME_BYTES, RATE_HZ, Audio, from_samples


class Reframer:
    """Keeps what is left over between pieces, and the resampler's state: no clicks at the seams."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._rate_hz = RATE_HZ
        self._resampler: soxr.ResampleStream | None = None

    def frames(self, audio: Audio) -> list[bytes]:
        """The 20 ms frames (320 bytes, 8 kHz) that `audio` completes."""
        self._pending += self._at_8_khz(audio)
        whole = len(self._pending) // FRAME_BYTES * FRAME_BYTES
        frames = [bytes(self._pending[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]
        del self._pending[:whole]
        return frames

    def _at_8_khz(self, audio: Audio) -> bytes:
        if audio.rate_hz != self._rate_hz:
            self._rate_hz = audio.rate_hz
            other = audio.rate_hz != RATE_HZ
            self._resampler = soxr.ResampleStream(audio.rate_hz, RATE_HZ, 1, dtype="float32") if other else None
        if self._resampler is None:
            return audio.pcm
        resampled = self._resampler.resample_chunk(audio.samples.astype(np.float32))
        return from_samples(resampled).pcm
