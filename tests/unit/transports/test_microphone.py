"""The microphone as a telephone, where there is none and with sound devices by script."""

from __future__ import annotations

import asyncio
import io
import sys
from types import ModuleType
from typing import Any

import pytest

from bot.audio import SILENT_FRAME
from bot.errors import DeviceError
from bot.ports import AudioFrame, KeyPress
from bot.replies import HungUp
from bot.transports.microphone import BUFFERED_FRAMES, Microphone
from tests.contract.calls import LOUD_FRAME

ONE_SENTENCE_AND_ADVICE = 2


class Devices(ModuleType):
    """Stands for sounddevice: one microphone and one loudspeaker that a test turns by hand."""

    class PortAudioError(Exception):
        pass

    def __init__(self, *, opens: bool = True, starts: bool = True) -> None:
        super().__init__("sounddevice")
        self.opens, self.starts = opens, starts
        self.closed = 0

    def RawStream(self, **options: Any) -> Devices:
        if not self.opens:
            raise self.PortAudioError("Error querying device -1")
        self._callback, self.finish = options["callback"], options["finished_callback"]
        return self

    def start(self) -> None:
        if not self.starts:
            raise self.PortAudioError("Device unavailable [PaErrorCode -9985]")

    def close(self) -> None:
        self.closed += 1

    def turn(self, heard: bytes) -> bytes:
        """20 ms pass: what the microphone hears goes in, what the loudspeaker plays comes back."""
        played = bytearray(len(heard))
        self._callback(heard, played, len(heard) // 2, None, None)
        return bytes(played)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Devices:
    return installed(monkeypatch, Devices())


def installed(monkeypatch: pytest.MonkeyPatch, module: Devices) -> Devices:
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return module


async def test_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPortAudio:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
    with pytest.raises(DeviceError) as told:
        Microphone()
    assert str(told.value) == "Không có thư viện PortAudio. Cài: sudo apt install libportaudio2"


async def test_without_a_device_it_says_how_to_look_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Devices(opens=False))
    with pytest.raises(DeviceError) as told:
        Microphone()
    assert str(told.value) == (
        "Không mở được micrô và loa (Error querying device -1). Kiểm tra thiết bị: python -m sounddevice"
    )


async def test_a_device_that_does_not_start_is_told_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Devices(starts=False))
    events = Microphone().events()
    with pytest.raises(DeviceError, match="Không mở được micrô và loa"):
        await anext(events)


async def test_what_the_microphone_hears_comes_in_and_what_is_sent_is_played(devices: Devices) -> None:
    line = Microphone()
    events = line.events()
    await line.send(LOUD_FRAME)
    assert [devices.turn(LOUD_FRAME), devices.turn(SILENT_FRAME)] == [LOUD_FRAME, SILENT_FRAME]
    assert [await anext(events), await anext(events)] == [AudioFrame(LOUD_FRAME), AudioFrame(SILENT_FRAME)]


async def test_what_was_sent_can_be_forgotten(devices: Devices) -> None:
    line = Microphone()
    await line.send(LOUD_FRAME)
    await line.clear()
    assert devices.turn(SILENT_FRAME) == SILENT_FRAME


async def test_a_bot_that_falls_far_behind_loses_the_oldest_frames_and_counts_them(devices: Devices) -> None:
    line = Microphone()
    devices.turn(LOUD_FRAME)
    for _ in range(BUFFERED_FRAMES):
        devices.turn(SILENT_FRAME)
    await asyncio.sleep(0)
    assert line.dropped_frames == 1
    assert await anext(line.events()) == AudioFrame(SILENT_FRAME)


async def test_a_device_that_is_unplugged_ends_the_call(devices: Devices) -> None:
    events = Microphone().events()
    devices.finish()
    assert [event async for event in events] == [HungUp()]


async def test_hanging_up_closes_the_device_once(devices: Devices) -> None:
    line = Microphone()
    await line.hang_up()
    await line.hang_up()
    assert devices.closed == 1


async def test_hanging_up_lets_the_last_words_out(devices: Devices, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        assert not devices.closed

    line = Microphone()
    for _ in range(5):
        await line.send(LOUD_FRAME)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await line.hang_up()
    assert waited == [0.1]
    assert devices.closed


async def test_typed_keys_are_pressed_and_the_end_of_input_hangs_up(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Microphone()
    monkeypatch.setattr(sys, "stdin", io.StringIO("12a #\n"))
    line._typed()
    line._typed()
    assert [event async for event in line.events()] == [KeyPress("1"), KeyPress("2"), KeyPress("#"), HungUp()]
