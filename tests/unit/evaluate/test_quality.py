"""What a network says of how speech sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.audio import Audio, from_samples, join, read_wav, silence
from bot.evaluate.quality import SpeechQuality

DIGITS = Path(__file__).parents[3] / "audio_prompts/vi"


@pytest.fixture(scope="module")
def quality() -> SpeechQuality:
    loaded = SpeechQuality.load()
    if loaded is None:
        pytest.skip("speechmos is not installed")
    return loaded


@pytest.fixture(scope="module")
def speech() -> Audio:
    parts = [part for digit in "20364915" for part in (read_wav(DIGITS / f"digit_{digit}.wav"), silence(100))]
    return join(parts, 16000)


def test_distorted_speech_is_worse_however_loud(quality: SpeechQuality, speech: Audio) -> None:
    clean = quality.signal_mos(speech)
    assert 1 < clean < 5
    assert quality.signal_mos(from_samples(speech.samples / 4, 16000)) == pytest.approx(clean, abs=0.05)
    assert quality.signal_mos(from_samples(np.sign(speech.samples) * 3000, 16000)) < clean - 0.5


def test_silence_has_a_figure_too(quality: SpeechQuality) -> None:
    assert np.isfinite(quality.signal_mos(silence(200)))


def test_long_speech_is_the_mean_of_its_windows(quality: SpeechQuality, speech: Audio) -> None:
    window = join([speech] * 4, 16000).samples[:144_160]
    one, other = from_samples(window, 16000), from_samples(np.concatenate([window, window[:16000]]), 16000)
    later = from_samples(other.samples[16000:], 16000)
    mean = (quality.signal_mos(one) + quality.signal_mos(later)) / 2
    assert quality.signal_mos(other) == pytest.approx(mean, abs=0.05)


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert SpeechQuality.load() is None
