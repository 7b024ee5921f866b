"""The one internal audio format, and the only place where WAV bytes become audio or audio becomes WAV bytes."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from os.path import isfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from bot.errors import AudioError

RATE_HZ = 8000
FRAME_MS = 20
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000
FRAME_BYTES = FRAME_SAMPLES * 2
SILENT_FRAME = bytes(FRAME_BYTES)

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono linear PCM: signed 16-bit little-endian samples at `rate_hz`."""

    pcm: bytes
    rate_hz: int = RATE_HZ

    @property
    def duration_ms(self) -> int:
        return len(self.pcm) // 2 * 1000 // self.rate_hz

    @property
    def samples(self) -> Samples:
        return np.frombuffer(self.pcm, dtype="<i2")

    def at(self, rate_hz: int) -> Audio:
        """The same audio at another rate; untouched when it already has it."""
        if rate_hz == self.rate_hz:
            return self
        exact = self.samples.astype(np.float32)  # whole numbers would be dithered: silence would not stay silent
        return from_samples(soxr.resample(exact, self.rate_hz, rate_hz), rate_hz)

    def frames(self) -> list[bytes]:
        """20 ms telephone frames (320 bytes at 8 kHz); the last one is filled up with silence."""
        pcm = self.at(RATE_HZ).pcm
        padded = pcm + bytes(-len(pcm) % FRAME_BYTES)
        return [padded[i : i + FRAME_BYTES] for i in range(0, len(padded), FRAME_BYTES)]


def from_samples(samples: npt.NDArray[np.generic], rate_hz: int = RATE_HZ) -> Audio:
    """Audio of one-dimensional samples in int16 scale, rounded and clipped."""
    clipped = np.clip(np.rint(samples.astype(np.float64)), -32768, 32767)
    return Audio(clipped.astype("<i2").tobytes(), rate_hz)


def silence(duration_ms: int, rate_hz: int = RATE_HZ) -> Audio:
    return Audio(bytes(2 * (rate_hz * duration_ms // 1000)), rate_hz)


def join(parts: list[Audio], rate_hz: int = RATE_HZ) -> Audio:
    return Audio(b"".join(part.at(rate_hz).pcm for part in parts), rate_hz)


WIDE_BAND_HZ = 16000
TELEPHONE_RATES_HZ = (RATE_HZ, WIDE_BAND_HZ)


def read_wav(path: Path, rates_hz: tuple[int, ...] = TELEPHONE_RATES_HZ) -> Audio:
    """Read a mono 16-bit PCM WAV at one of `rates_hz`.

    Raises:
        AudioError: no such file, not a WAV, another format, empty or cut short; says how to convert it.
    """
    convert = f"Đổi bằng: ffmpeg -i {path.name} -ac 1 -ar 8000 -c:a pcm_s16le moi.wav"
    if not isfile(path):  # a name too long for any file is none either
        raise AudioError(f"Không có tệp âm thanh {path}. Kiểm tra lại đường dẫn.")
    try:
        with wave.open(str(path), "rb") as wav:
            channels, width, rate = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
            promised, pcm = wav.getnframes(), wav.readframes(wav.getnframes())
    except (EOFError, RuntimeError):  # a chunk that would end before it begins is the latter
        raise AudioError(f"{path} bị cắt cụt ngay ở phần đầu, hoặc không phải tệp WAV. {convert}") from None
    except wave.Error as error:
        raise AudioError(f"{path} không phải tệp WAV PCM đọc được ({error}). {convert}") from None
    except OSError as error:
        raise AudioError(f"Không mở được {path}: {error.strerror}.") from None
    if channels != 1:
        raise AudioError(f"{path} có {channels} kênh; cần một kênh (mono). {convert}")
    if width != 2:
        raise AudioError(f"{path} có mẫu {8 * width} bit; cần 16 bit. {convert}")
    if rate not in rates_hz:
        wanted = " hoặc ".join(str(r) for r in rates_hz)
        raise AudioError(f"{path} có tần số lấy mẫu {rate} Hz; cần {wanted} Hz. {convert}")
    if not promised or not pcm:
        raise AudioError(f"{path} không có âm thanh nào. Ghi âm lại tệp này.")
    if len(pcm) != promised * width:
        raise AudioError(
            f"{path} bị cắt cụt: phần đầu ghi {promised} mẫu nhưng chỉ có {len(pcm) // width}. Chép lại tệp này."
        )
    return Audio(pcm, rate)


def write_wav(path: Path, *channels: Audio) -> None:
    """Write one channel (mono) or several of the same rate side by side, the shorter filled with silence.

    Raises:
        AudioError: the file cannot be written.
    """
    longest = max(len(channel.samples) for channel in channels)
    table = np.zeros((longest, len(channels)), dtype="<i2")
    for column, channel in enumerate(channels):
        table[: len(channel.samples), column] = channel.samples
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(len(channels))
            wav.setsampwidth(2)
            wav.setframerate(channels[0].rate_hz)
            wav.writeframes(table.tobytes())
    except OSError as error:
        raise AudioError(f"Không ghi được {path}: {error.strerror}.") from None
