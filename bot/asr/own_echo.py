"""Tells the bot's own voice, leaking back from the caller's side, from the caller's."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bot.audio import FRAME_SAMPLES, RATE_HZ

WINDOW_FRAMES: Final = 8  # 160 ms of the caller are compared
LONGEST_DELAY_S: Final = 1.0  # with what the bot said up to this long before
ECHO_SHARE: Final = 0.4  # of the power: as much must be the bot's own
ECHO_GAIN: Final = 0.4  # an echo is at least 8 dB weaker than what was said

Floats = npt.NDArray[np.float32]


class OwnEcho:
    """Both sides of one line, frame by frame; an echo is a weaker copy of what the bot said a moment before.

    What it is measured by is the normalised cross-correlation at every delay: speech of somebody else does not follow
    the bot's waveform for 160 ms, whatever its level.
    """

    def __init__(self) -> None:
        self._caller: Floats = np.zeros(WINDOW_FRAMES * FRAME_SAMPLES, np.float32)
        self._bot: Floats = np.zeros(len(self._caller) + round(LONGEST_DELAY_S * RATE_HZ), np.float32)
        self._quiet_frames = len(self._bot) // FRAME_SAMPLES  # since the bot said anything

    def hear(self, frame: bytes, playing: bytes) -> None:
        """20 ms of each side, 320 bytes."""
        said = np.frombuffer(playing, "<i2").astype(np.float32)
        self._quiet_frames = 0 if said.any() else self._quiet_frames + 1
        self._caller = np.concatenate([self._caller[FRAME_SAMPLES:], np.frombuffer(frame, "<i2").astype(np.float32)])
        if self._quiet_frames * FRAME_SAMPLES <= len(self._bot):
            self._bot = np.concatenate([self._bot[FRAME_SAMPLES:], said])

    def is_echo(self) -> bool:
        """Whether the caller's last 160 ms are for the most part the bot's own voice."""
        if self._quiet_frames * FRAME_SAMPLES > len(self._bot):
            return False
        heard = self._caller - self._caller.mean()
        power = float(heard @ heard)
        size = 1 << (len(self._bot) + len(heard) - 1).bit_length()
        products = np.fft.irfft(np.fft.rfft(self._bot, size) * np.conj(np.fft.rfft(heard, size)), size)
        products = products[: len(self._bot) - len(heard) + 1]
        sums = np.concatenate([[0.0], np.cumsum(self._bot.astype(np.float64) ** 2)])
        powers = sums[len(heard) :] - sums[: -len(heard)]
        loud = powers > powers.max() / 100 + 1
        if power == 0 or not loud.any():
            return False
        shares = np.where(loud, products**2 / (np.maximum(powers, 1) * power), 0)
        at = int(shares.argmax())
        return bool(shares[at] >= ECHO_SHARE and abs(products[at]) / powers[at] <= ECHO_GAIN)
