"""Loudness by ITU-R BS.1770, and pieces brought to one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.audio import read_wav
from bot.tts.loudness import PEAK_DBTP, TARGET_LUFS, levelled, loudness_lufs, true_peak_dbtp
from bot.tts.raw_sound import Floats

VOICE = Path(__file__).parents[3] / "audio_prompts/vi"


def sine(hertz: float, seconds: float, rate_hz: int = 16_000, phase: float = 0.0) -> Floats:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate_hz)) / rate_hz + phase)


def shipped(piece: str) -> Floats:
    return read_wav(VOICE / f"{piece}.wav").samples / 32768


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_the_standards_tone_has_the_standards_loudness(rate_hz: int) -> None:
    assert loudness_lufs(sine(997, 2, rate_hz), rate_hz) == pytest.approx(-3.01, abs=0.1)


def test_a_clip_shorter_than_a_block_is_as_loud_as_a_long_one() -> None:
    long, short = (loudness_lufs(sine(440, seconds), 16_000) for seconds in (2, 0.25))
    assert short == pytest.approx(long, abs=0.1)


def test_pauses_do_not_count() -> None:
    said = sine(440, 1)
    with_pause = np.concatenate([said, np.zeros(32_000), said])
    assert loudness_lufs(with_pause, 16_000) == pytest.approx(loudness_lufs(said, 16_000), abs=1.0)


def test_silence_has_none_and_stays_silent() -> None:
    silent = np.zeros(16_000)
    assert loudness_lufs(silent, 16_000) == -np.inf
    assert not levelled(silent, 16_000).any()


def test_a_peak_between_the_samples_is_seen() -> None:
    between = sine(4000, 0.1, phase=np.pi / 4)
    assert np.abs(between).max() == pytest.approx(2**-0.5, rel=1e-6)
    assert true_peak_dbtp(between) > -0.7


@pytest.mark.parametrize("piece", ["digit_3", "digit_1-last", "digit_7-group"])
@pytest.mark.parametrize("gain", [0.01, 1.0])
def test_speech_is_brought_to_one_loudness_whatever_it_had(piece: str, gain: float) -> None:
    result = levelled(shipped(piece) * gain, 16_000)
    assert loudness_lufs(result, 16_000) == pytest.approx(TARGET_LUFS, abs=0.2)
    assert true_peak_dbtp(result) < PEAK_DBTP + 0.1


def test_loud_speech_is_turned_down_and_nothing_else() -> None:
    tone = sine(440, 1) * 0.9
    result = levelled(tone, 16_000)
    assert np.allclose(result, tone * (result[100] / tone[100]))
    assert loudness_lufs(result, 16_000) == pytest.approx(TARGET_LUFS, abs=0.01)


def test_peaks_are_limited_where_the_loudness_is_right_already() -> None:
    loud = levelled(shipped("utter_greeting"), 16_000)
    loud[np.abs(loud).argmax()] = 1.0
    assert true_peak_dbtp(levelled(loud, 16_000)) < PEAK_DBTP + 0.1


def test_only_the_part_with_speech_is_measured() -> None:
    said = sine(440, 0.3)
    padded = np.concatenate([np.zeros(4800), said, np.zeros(4800)])
    result = levelled(padded, 16_000, slice(4800, 9600))
    assert loudness_lufs(result[4800:9600], 16_000) == pytest.approx(TARGET_LUFS, abs=0.05)


def test_speech_under_a_bang_is_not_pressed_up_to_it() -> None:
    quiet = sine(440, 1) * 0.01
    quiet[8000:8010] = 0.9
    result = levelled(quiet, 16_000)
    assert loudness_lufs(result, 16_000) < TARGET_LUFS - 3
    assert true_peak_dbtp(result) < PEAK_DBTP + 0.1
