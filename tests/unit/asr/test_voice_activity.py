"""Speech against line silence, 20 ms at a time."""

from __future__ import annotations

import numpy as np
import pytest

from bot.asr.voice_activity import VoiceActivity
from bot.audio import RATE_HZ, SILENT_FRAME, Audio, from_samples
from tests.people import people_available, telephone_reply

people = pytest.mark.skipif(not people_available(), reason="no recordings of people beside the project")


def spoken_frames(audio: Audio) -> list[bool]:
    activity = VoiceActivity()
    return [activity.is_speech(frame) for frame in audio.frames()]


def vowel(seconds: float, rms: float) -> Audio:
    """A buzz at 120 Hz with the formants of an open vowel."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    loudness = {100 * k: 1 / (1 + ((120 * k - 700) / 300) ** 2) for k in range(1, 25)}
    wave = sum(part * np.sin(2 * np.pi * 1.2 * hz * time) for hz, part in loudness.items())
    return from_samples(wave * rms / np.sqrt((wave**2).mean()))


def test_digital_silence_is_no_speech() -> None:
    activity = VoiceActivity()
    assert not any(activity.is_speech(SILENT_FRAME) for _ in range(100))


@pytest.mark.parametrize("rms", [1, 5, 15, 40])
def test_faint_line_noise_is_no_speech(rms: int) -> None:
    noise = from_samples(np.random.default_rng(1).normal(0, rms, 5 * RATE_HZ))
    assert not any(spoken_frames(noise))


def test_a_vowel_is_speech() -> None:
    assert np.mean(spoken_frames(vowel(1.0, rms=2000))) > 0.9


def test_a_whispering_line_far_below_speech_is_gated() -> None:
    assert not any(spoken_frames(vowel(1.0, rms=20)))


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="320"):
        VoiceActivity().is_speech(bytes(160))


@pytest.mark.people
@people
@pytest.mark.parametrize("number", [0, 11, 40, 77])
def test_a_caller_speaks_for_a_fraction_of_a_window(number: int) -> None:
    share = np.mean(spoken_frames(telephone_reply("đúng", number=number)))
    assert 0.04 < share < 0.5
