"""The machine's microphone and loudspeaker for voice artists."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bot.audio import WIDE_BAND_HZ, Audio
from bot.errors import AudioError, DeviceError
from bot.tts.raw_sound import RawSound

SILENCE_DB: Final = -96.0  # what 16 bits can hold


class SoundCard:
    """The default devices. The microphone is open from the beginning, so that no first word is lost when `start` is
    called, and hears at its own rate.

    Raises:
        DeviceError: PortAudio is not installed, or there is no microphone of 16 kHz or more.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] | None = None
        self._loudest = 0
        self._lost = False
        self._devices = _sounddevice()
        try:
            self._rate_hz = int(self._devices.query_devices(kind="input")["default_samplerate"])
            if self._rate_hz < WIDE_BAND_HZ:
                raise DeviceError(f"Micrô chỉ thu được {self._rate_hz} Hz; cần từ {WIDE_BAND_HZ} Hz. Chọn micrô khác.")
            self._stream: Any = self._devices.RawInputStream(
                samplerate=self._rate_hz, channels=1, dtype="int16", callback=self._heard
            )
            self._stream.start()
        except (self._devices.PortAudioError, ValueError) as error:
            raise DeviceError(f"Không mở được micrô ({error}). Kiểm tra thiết bị: python -m sounddevice") from None

    def start(self) -> None:
        """Keep what is heard from now on."""
        self._lost, self._chunks = False, []

    def level_db(self) -> float:
        """The highest peak since this was last asked, in dBFS. Raises DeviceError: the microphone is gone."""
        if not self._stream.active:
            raise DeviceError("Micrô không còn nữa. Nối lại rồi chạy lại lệnh này: nó tiếp từ đoạn đang dở.")
        loudest, self._loudest = self._loudest, 0
        return 20 * float(np.log10(loudest / 32768)) if loudest else SILENCE_DB

    def stop(self) -> RawSound:
        """What was heard since `start`. Raises AudioError: nothing, or with holes."""
        chunks, self._chunks = self._chunks, None
        samples = np.frombuffer(b"".join(chunks or ()), dtype="<i2")
        if self._lost:
            raise AudioError("Máy bận nên mất tiếng giữa chừng. Thu lại.")
        if not len(samples):
            raise AudioError("Micrô chưa thu được gì. Thu lại, chờ một nhịp rồi hãy dừng.")
        return RawSound(samples[:, None] / 32768, self._rate_hz)

    def play(self, audio: Audio) -> None:
        """Blocks until it was played. Raises DeviceError."""
        try:
            with self._devices.RawOutputStream(samplerate=audio.rate_hz, channels=1, dtype="int16") as stream:
                stream.write(audio.pcm)
        except (self._devices.PortAudioError, ValueError) as error:
            raise DeviceError(f"Không phát được ra loa ({error}). Nối loa hoặc tai nghe.") from None

    def close(self) -> None:
        self._stream.close()

    def _heard(self, incoming: Any, _frames: int, _time: Any, status: Any) -> None:
        pcm = bytes(incoming)
        self._loudest = max(self._loudest, int(np.abs(np.frombuffer(pcm, dtype="<i2").astype(np.int32)).max(initial=0)))
        if self._chunks is not None:
            self._lost |= bool(status)
            self._chunks.append(pcm)


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415 - raises OSError where PortAudio is not installed
    except (OSError, ImportError):
        raise DeviceError("Không có thư viện PortAudio. Cài: sudo apt install libportaudio2") from None
    return sounddevice
