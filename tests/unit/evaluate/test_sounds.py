"""Sounds that are no speech: as loud as they say, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from bot.audio import RATE_HZ, Audio
from bot.evaluate.codes import SPEECH_RMS
from bot.evaluate.sounds import SHORT_SOUNDS, SOUND_AT_MS, short_sound, steady
from tests.unit.evaluate.packs import tone


def rms(audio: Audio) -> float:
    return float(np.sqrt(np.mean(audio.samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("kind", ["line", "street"])
@pytest.mark.parametrize("snr_db", [10, 20])
def test_noise_lies_under_speech(kind: str, snr_db: int) -> None:
    noise = steady(kind, snr_db, 2000, seed=3)
    assert noise.duration_ms == 2000
    assert 20 * np.log10(SPEECH_RMS / rms(noise)) == pytest.approx(snr_db, abs=0.5)
    assert noise == steady(kind, snr_db, 2000, seed=3)
    assert noise != steady(kind, snr_db, 2000, seed=4)


def test_voices_are_repeated_as_long_as_needed() -> None:
    noise = steady("babble", 20, 3000, seed=1, voices=tone(500, 700))
    assert noise.duration_ms == 3000
    assert 20 * np.log10(SPEECH_RMS / rms(noise)) == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("kind", list(SHORT_SOUNDS))
def test_a_short_sound_comes_out_of_silence_and_is_over_soon(kind: str) -> None:
    audio = short_sound(kind, seed=2)
    samples = abs(audio.samples.astype(np.float64))
    start = RATE_HZ * SOUND_AT_MS // 1000
    assert samples[: start - 80].max() < 150
    assert samples[start : start + RATE_HZ // 2].max() > SPEECH_RMS / 2
    assert samples[start + RATE_HZ // 2 :].max() < 150
    assert audio == short_sound(kind, seed=2)
