"""Stands for sounddevice: a microphone and a loudspeaker that a test turns by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from bot.tts.raw_sound import RawSound


class SoundDevices(ModuleType):
    """`opens` and `plays`: whether there are devices."""

    class PortAudioError(Exception):
        pass

    def __init__(self, *, rate_hz: int = 48_000, opens: bool = True, plays: bool = True) -> None:
        super().__init__("sounddevice")
        self.rate_hz, self.opens, self.plays = rate_hz, opens, plays
        self.active = True
        self.closed = False
        self.played = b""

    def query_devices(self, *, kind: str) -> dict[str, float]:
        if not self.opens:
            raise self.PortAudioError(f"No {kind} device matching -1")
        return {"default_samplerate": float(self.rate_hz)}

    def RawInputStream(self, **options: Any) -> SoundDevices:
        assert (options["samplerate"], options["channels"], options["dtype"]) == (self.rate_hz, 1, "int16")
        self._callback = options["callback"]
        return self

    def RawOutputStream(self, **_options: Any) -> SoundDevices:
        if not self.plays:
            raise self.PortAudioError("Error querying device -1")
        return self

    def __enter__(self) -> SoundDevices:
        return self

    def __exit__(self, *_: object) -> None: ...

    def start(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def write(self, pcm: bytes) -> None:
        self.played += pcm

    def hear(self, sound: RawSound, *, status: str = "") -> None:
        """What the microphone hears, in pieces of 10 ms."""
        pcm = (sound.mono * 32767).astype("<i2").tobytes()
        step = self.rate_hz // 100 * 2
        for at in range(0, len(pcm), step):
            self._callback(pcm[at : at + step], step // 2, None, status)
