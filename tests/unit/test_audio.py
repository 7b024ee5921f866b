"""The internal audio format, and what can be read from a WAV file."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from bot.audio import FRAME_BYTES, SILENT_FRAME, Audio, from_samples, join, read_wav, silence, write_wav
from bot.errors import AudioError

TONE = from_samples(8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000))


def wav(path: Path, *, rate_hz: int = 8000, channels: int = 1, width: int = 2, frames: int = 800) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(b"\1" * (frames * channels * width))
    return path


def of_format(path: Path, tag: int) -> Path:
    """A WAV whose samples are in the format `tag` of RIFF: 6 is A-law."""
    header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, tag, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 160)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + 160) + header + bytes(160))
    return path


def cut(path: Path, size: int) -> Path:
    path.write_bytes(path.read_bytes()[:size])
    return path


def text_file(path: Path) -> Path:
    path.write_text("đây không phải âm thanh")
    return path


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_what_was_written_is_read_again(tmp_path: Path, rate_hz: int) -> None:
    audio = TONE.at(rate_hz)
    write_wav(tmp_path / "new" / "a.wav", audio)
    assert read_wav(tmp_path / "new" / "a.wav") == audio


def test_another_rate_can_be_allowed(tmp_path: Path) -> None:
    assert read_wav(wav(tmp_path / "a.wav", rate_hz=22050), (22050,)).rate_hz == 22050


@pytest.mark.parametrize(
    ("make", "problem", "advice"),
    [
        pytest.param(lambda path: path, "Không có tệp", "Kiểm tra lại đường dẫn", id="missing"),
        pytest.param(lambda path: path.parent, "Không có tệp", "Kiểm tra lại đường dẫn", id="a directory"),
        pytest.param(text_file, "không phải tệp WAV", "ffmpeg -i a.wav", id="text"),
        pytest.param(lambda path: cut(wav(path), 0), "bị cắt cụt", "ffmpeg -i a.wav", id="empty file"),
        pytest.param(lambda path: cut(wav(path), 30), "bị cắt cụt", "ffmpeg -i a.wav", id="half a header"),
        pytest.param(lambda path: cut(wav(path), 300), "bị cắt cụt", "Chép lại tệp", id="cut short"),
        pytest.param(lambda path: wav(path, channels=2), "có 2 kênh", "-ac 1", id="stereo"),
        pytest.param(lambda path: wav(path, width=1), "8 bit", "pcm_s16le", id="8 bit"),
        pytest.param(lambda path: wav(path, width=3), "24 bit", "pcm_s16le", id="24 bit"),
        pytest.param(lambda path: wav(path, rate_hz=44100), "44100 Hz; cần 8000 hoặc 16000", "-ar 8000", id="44.1 kHz"),
        pytest.param(lambda path: of_format(path, 6), "không phải tệp WAV PCM", "pcm_s16le", id="A-law"),
        pytest.param(lambda path: wav(path, frames=0), "không có âm thanh nào", "Ghi âm lại", id="no audio"),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_do(tmp_path: Path, make: object, problem: str, advice: str) -> None:
    path: Path = make(tmp_path / "a.wav")  # type: ignore[operator]
    with pytest.raises(AudioError) as told:
        read_wav(path)
    sentence = str(told.value)
    assert str(path) in sentence
    assert problem in sentence
    assert advice in sentence
    assert "()" not in sentence


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="Không ghi được"):
        write_wav(tmp_path, TONE)


def test_channels_lie_side_by_side_the_shorter_filled_with_silence(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", from_samples(np.array([1, 2, 3])), from_samples(np.array([9])))
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnchannels() == 2
        assert np.frombuffer(file.readframes(3), dtype="<i2").tolist() == [1, 9, 2, 0, 3, 0]


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000])
def test_resampling_keeps_duration_and_pitch(rate_hz: int) -> None:
    other = TONE.at(rate_hz)
    assert other.rate_hz == rate_hz
    assert other.duration_ms == pytest.approx(1000, abs=1)
    spectrum = abs(np.fft.rfft(other.samples.astype(float)))
    assert spectrum.argmax() * rate_hz / len(other.samples) == pytest.approx(440, abs=2)


def test_audio_that_has_the_rate_is_left_untouched() -> None:
    assert TONE.at(8000) is TONE
    assert Audio(b"").at(16000).pcm == b""


@pytest.mark.parametrize(("duration_ms", "frames"), [(0, 0), (10, 1), (20, 1), (21, 2), (1000, 50)])
def test_frames_are_20_ms_and_the_last_is_filled_with_silence(duration_ms: int, frames: int) -> None:
    audio = from_samples(np.full(8 * duration_ms, 7))
    cut_up = audio.frames()
    assert len(cut_up) == frames
    assert all(len(frame) == FRAME_BYTES for frame in cut_up)
    assert b"".join(cut_up).rstrip(b"\0") == audio.pcm.rstrip(b"\0")


def test_frames_are_of_the_telephones_rate_whatever_the_audios() -> None:
    assert silence(1000, 16000).frames() == [SILENT_FRAME] * 50


def test_samples_are_rounded_and_clipped() -> None:
    assert from_samples(np.array([0.6, -0.6, 40_000.0, -40_000.0])).samples.tolist() == [1, -1, 32767, -32768]


def test_parts_are_joined_at_one_rate() -> None:
    assert join([silence(100), silence(100, 16000)]) == silence(200)
    assert join([silence(100)], 16000) == silence(100, 16000)
