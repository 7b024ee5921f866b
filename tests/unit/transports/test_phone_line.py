"""The simulated telephone line: its band, its level, its noise."""

from __future__ import annotations

import numpy as np
import pytest

from bot.audio import FRAME_BYTES, RATE_HZ, Audio, from_samples, silence
from bot.transports.phone_line import SPEECH_RMS, PhoneLine, spaced
from tests.contract.calls import level

CLEAN = PhoneLine(snr_db=90.0)


def tone(hertz: float, amplitude: float = 8000, duration_ms: int = 1000, rate_hz: int = RATE_HZ) -> Audio:
    seconds = np.arange(duration_ms * rate_hz // 1000) / rate_hz
    return from_samples(amplitude * np.sin(2 * np.pi * hertz * seconds), rate_hz)


def mixed(*audios: Audio) -> Audio:
    return from_samples(sum((audio.samples.astype(float) for audio in audios), np.zeros(RATE_HZ)))


def rms(audio: Audio) -> float:
    return float(np.sqrt(np.mean(audio.samples.astype(float) ** 2)))


def power_at(audio: Audio, hertz: int) -> float:
    return float(abs(np.fft.rfft(audio.samples.astype(float)))[hertz * len(audio.samples) // RATE_HZ])


@pytest.mark.parametrize(
    ("hertz", "carried"), [(100, False), (190, False), (310, True), (1000, True), (3390, True), (3700, False)]
)
def test_carries_the_band_of_a_handset_only(hertz: int, carried: bool) -> None:
    heard = CLEAN.carry(mixed(tone(1500), tone(hertz)))
    assert (power_at(heard, hertz) > power_at(heard, 1500) / 10) is carried


@pytest.mark.parametrize("amplitude", [300, 3000, 30_000])
def test_brings_speech_to_one_level(amplitude: float) -> None:
    assert rms(CLEAN.carry(tone(1000, amplitude))) == pytest.approx(SPEECH_RMS, rel=0.02)


@pytest.mark.parametrize("snr_db", [10.0, 20.0, 30.0])
def test_its_noise_lies_below_speech_as_asked(snr_db: float) -> None:
    noise = rms(Audio(b"".join(PhoneLine(snr_db=snr_db).idle_frames(200))))
    assert 20 * np.log10(SPEECH_RMS / noise) == pytest.approx(snr_db, abs=1)


def test_the_same_seed_is_the_same_line_and_another_is_another() -> None:
    said = tone(1000)
    assert PhoneLine().carry(said) == PhoneLine().carry(said)
    assert PhoneLine().idle_frames() == PhoneLine().idle_frames()
    assert PhoneLine().carry(said) != PhoneLine(seed=9).carry(said)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050])
def test_speech_takes_as_long_as_before_and_arrives_at_8_khz(rate_hz: int) -> None:
    heard = PhoneLine().carry(tone(1000, duration_ms=500, rate_hz=rate_hz))
    assert heard.rate_hz == RATE_HZ
    assert heard.duration_ms == pytest.approx(500, abs=1)


def test_silence_is_line_noise_and_nothing_is_nothing() -> None:
    assert 0 < rms(PhoneLine(snr_db=20.0).carry(silence(500))) < SPEECH_RMS / 5
    assert PhoneLine().carry(Audio(b"")) == Audio(b"")


def test_its_idle_frames_are_frames() -> None:
    assert {len(frame) for frame in PhoneLine().idle_frames(7)} == {FRAME_BYTES}
    assert len(PhoneLine().idle_frames(7)) == 7


def test_groups_have_pauses_between_them_and_a_short_one_around() -> None:
    part = level(200, 9)
    said = spaced([part, part], 500)
    assert said == Audio(silence(100).pcm + part.pcm + silence(500).pcm + part.pcm + silence(100).pcm)
