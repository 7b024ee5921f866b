"""A voice artist's recording as it comes: any PCM WAV, or what a microphone heard."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.audio import WIDE_BAND_HZ
from bot.errors import AudioError

Floats = npt.NDArray[np.float64]

_FULL_SCALE: Final = {"int16": 2**15, "int32": 2**31, "float32": 1, "float64": 1}  # scipy reads 24 bits into 32


@dataclass(frozen=True, slots=True)
class RawSound:
    """Samples [samples, channels], full scale is ±1, at `rate_hz`."""

    samples: Floats
    rate_hz: int

    @property
    def mono(self) -> Floats:
        """The mean of the channels."""
        return np.asarray(self.samples.mean(axis=1))


def read_sound(path: Path) -> RawSound:
    """A WAV of 16, 24 or 32 bits or of floats, of 16 kHz or more, with one or more channels.

    Raises:
        AudioError: another format, a lower rate, broken, empty or cut short; says what to do.
    """
    from scipy.io import wavfile  # noqa: PLC0415 - slow to load, and only few commands need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # chunks of a studio's notes
            warnings.filterwarnings("error", "Reached EOF", wavfile.WavFileWarning)
            rate_hz, samples = wavfile.read(path)
    except wavfile.WavFileWarning:
        raise AudioError(f"{path.name} bị cắt cụt. Chép lại, hoặc xuất lại tệp này.") from None
    except OSError as error:
        raise AudioError(f"Không mở được {path}: {error.strerror}.") from None
    except Exception as error:  # noqa: BLE001 - scipy lets through whatever a broken header leads to
        raise AudioError(f"{path.name} không phải tệp WAV đọc được ({error}). Xuất lại thành WAV PCM 24 bit.") from None
    if samples.dtype.name not in _FULL_SCALE:
        raise AudioError(f"{path.name} chỉ có 8 bit, quá nhiễu. Xuất lại thành WAV 16 hoặc 24 bit.")
    if rate_hz < WIDE_BAND_HZ:
        raise AudioError(f"{path.name} có tần số lấy mẫu {rate_hz} Hz; cần từ {WIDE_BAND_HZ} Hz. Thu hoặc xuất lại.")
    if not samples.size:
        raise AudioError(f"{path.name} không có âm thanh nào. Thu lại.")
    if not np.isfinite(samples).all():
        raise AudioError(f"{path.name} có mẫu không phải là số. Xuất lại tệp này.")
    scaled = samples.astype(np.float64) / _FULL_SCALE[samples.dtype.name]
    return RawSound(scaled.reshape(len(scaled), -1), rate_hz)
