"""The bot's own voice comes back, and the caller's does not count as its echo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.asr.voice_activity import VoiceActivity
from bot.audio import RATE_HZ, SILENT_FRAME, Audio, from_samples, join, read_wav, silence
from bot.telephone import through_g711
from tests.people import people_available, telephone_reply

PROMPTS = sorted((Path(__file__).parents[3] / "audio_prompts" / "vi").glob("*.wav"))


def bot_speech(seconds: int = 20) -> Audio:
    spoken = join([read_wav(path, (8000, 16_000, 22_050)) for path in PROMPTS])
    return Audio(spoken.pcm[: seconds * RATE_HZ * 2])


def echo_of(audio: Audio, gain_db: float, delay_ms: int) -> Audio:
    late = join([silence(delay_ms), audio]).samples[: len(audio.samples)].astype(float)
    noise = np.random.default_rng(1).normal(0, 20, len(late))
    return through_g711(from_samples(late * 10 ** (gain_db / 20) + noise))


def voiced(caller: Audio, bot: Audio) -> list[bool]:
    activity = VoiceActivity()
    sides = zip(caller.frames(), bot.frames(), strict=True)
    return [activity.is_speech(frame, playing) for frame, playing in sides]


@pytest.mark.parametrize("gain_db", [-12, -20])
@pytest.mark.parametrize("delay_ms", [0, 150, 400])
def test_the_bot_does_not_hear_itself(gain_db: float, delay_ms: int) -> None:
    bot = bot_speech()
    echo = echo_of(bot, gain_db, delay_ms)
    assert np.mean(voiced(echo, Audio(bytes(len(bot.pcm))))) > 0.3  # without knowing what it says it would
    assert np.mean(voiced(echo, bot)) < 0.02


def test_the_echo_of_the_last_word_is_known_when_the_bot_is_silent_again() -> None:
    bot = join([bot_speech(3), silence(1000)])
    assert not any(voiced(echo_of(bot, -20, 300), bot)[150:])


def test_a_line_that_returns_the_bot_as_loud_as_it_spoke_is_no_echo() -> None:
    bot = bot_speech(5)
    assert np.mean(voiced(bot, bot)) > 0.3


@pytest.mark.people
@pytest.mark.skipif(not people_available(), reason="no recordings of people beside the project")
@pytest.mark.parametrize("number", [0, 11, 40, 77])
def test_a_caller_is_heard_over_the_bot(number: int) -> None:
    caller = telephone_reply("đúng", number=number)
    bot = Audio(bot_speech().pcm[: len(caller.pcm)])
    alone = VoiceActivity()
    assert voiced(caller, bot) == [alone.is_speech(frame, SILENT_FRAME) for frame in caller.frames()]
