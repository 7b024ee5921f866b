"""WAVs of studios, and files that are none."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bot.audio import silence, write_wav
from bot.errors import AudioError
from bot.tts.raw_sound import read_sound

TONE = 0.5 * np.sin(np.arange(4800) / 10)


def write(path: Path, samples: np.ndarray = TONE, *, rate_hz: int = 48_000, coding: str = "PCM_24") -> Path:
    soundfile.write(path, samples, rate_hz, format="WAVEX" if coding == "WAVEX" else "WAV", subtype=coding)
    return path


@pytest.mark.parametrize("coding", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 96_000])
def test_every_usual_coding_and_rate_is_read(tmp_path: Path, coding: str, rate_hz: int) -> None:
    sound = read_sound(write(tmp_path / "a.wav", rate_hz=rate_hz, coding=coding))
    assert sound.rate_hz == rate_hz
    assert np.allclose(sound.mono, TONE, atol=1e-4)


def test_the_extensible_header_of_editors_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", TONE, 48_000, format="WAVEX", subtype="PCM_24")
    assert np.allclose(read_sound(tmp_path / "a.wav").mono, TONE, atol=1e-6)


def test_two_channels_are_mixed(tmp_path: Path) -> None:
    sound = read_sound(write(tmp_path / "a.wav", np.stack([TONE, TONE / 2], axis=1)))
    assert sound.samples.shape == (len(TONE), 2)
    assert np.allclose(sound.mono, TONE * 0.75, atol=1e-6)


def test_a_studios_notes_are_passed_over(tmp_path: Path) -> None:
    wav = write(tmp_path / "a.wav", coding="PCM_16")
    data = bytearray(wav.read_bytes() + b"iXML\x04\x00\x00\x00note")
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    wav.write_bytes(data)
    assert np.allclose(read_sound(wav).mono, TONE, atol=1e-4)


def test_a_lower_rate_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", silence(100))
    with pytest.raises(AudioError, match=r"a\.wav.*8000 Hz; cần từ 16000 Hz"):
        read_sound(tmp_path / "a.wav")


def test_eight_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="8 bit"):
        read_sound(write(tmp_path / "a.wav", coding="PCM_U8"))


@pytest.mark.parametrize("coding", ["PCM_16", "PCM_24"])
def test_a_file_cut_short_is_named(tmp_path: Path, coding: str) -> None:
    wav = write(tmp_path / "a.wav", coding=coding)
    wav.write_bytes(wav.read_bytes()[:5000])
    with pytest.raises(AudioError, match=r"a\.wav"):
        read_sound(wav)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 this is an MP3" * 100, b"RIFF\x10\x00\x00\x00WAVEfmt "])
def test_what_is_no_wav_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AudioError, match=r"a\.wav không phải tệp WAV"):
        read_sound(tmp_path / "a.wav")


def test_an_empty_wav_is_named(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as wav:
        wav.setparams((1, 2, 48_000, 0, "NONE", ""))
    with pytest.raises(AudioError, match=r"a\.wav"):
        read_sound(tmp_path / "a.wav")


def test_samples_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="không phải là số"):
        read_sound(write(tmp_path / "a.wav", np.where(np.arange(4800) == 7, np.nan, TONE), coding="FLOAT"))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav"):
        read_sound(tmp_path / "gone.wav")
