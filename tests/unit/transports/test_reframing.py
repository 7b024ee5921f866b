"""Audio in any pieces, out in telephone frames."""

from __future__ import annotations

import numpy as np
import pytest

from bot.audio import FRAME_BYTES, Audio, from_samples
from bot.transports.reframing import Reframer


def test_pieces_of_any_size_lose_and_add_nothing() -> None:
    samples = np.arange(8000) % 2000
    pcm = from_samples(samples).pcm
    reframer, frames = Reframer(), []
    for at in range(0, len(pcm), 434):
        frames += reframer.frames(Audio(pcm[at : at + 434]))
    assert b"".join(frames) == pcm
    assert {len(frame) for frame in frames} == {FRAME_BYTES}


@pytest.mark.parametrize("rate_hz", [12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_a_tone_at_a_higher_rate_stays_the_same_tone_without_clicks(rate_hz: int) -> None:
    tone = from_samples(8000 * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz), rate_hz)
    piece, reframer, frames = rate_hz // 50 * 2, Reframer(), []
    for at in range(0, len(tone.pcm), piece):
        frames += reframer.frames(Audio(tone.pcm[at : at + piece], rate_hz))
    assert 40 <= len(frames) <= 50
    heard = Audio(b"".join(frames[2:])).samples.astype(float)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    peak = int(np.argmax(spectrum))
    assert abs(peak * 8000 / len(heard) - 440) < 2
    assert spectrum[peak - 4 : peak + 5].sum() > 0.999 * spectrum.sum()


def test_the_rate_may_change() -> None:
    reframer = Reframer()
    reframer.frames(from_samples(np.zeros(1600), 16_000))
    assert reframer.frames(Audio(bytes(640))) == [bytes(320)] * 2
