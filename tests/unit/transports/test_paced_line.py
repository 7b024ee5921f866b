"""The pace of a line when the machine is not in time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot.audio import SILENT_FRAME
from bot.ports import AudioFrame
from bot.transports.paced_line import FRAME_S, LineLimits, PacedLine
from tests.contract.calls import LOUD_FRAME


@dataclass
class KeptWire:
    """Keeps what is sent. `lead_frames` is a WebSocket's where it is not 0."""

    lead_frames: int = 0
    wants_silence: bool = True
    sent: list[bytes] = field(default_factory=list)

    def send_audio(self, frame: bytes) -> None:
        self.sent.append(frame)

    def flush(self) -> None:
        """Nothing is played ahead."""

    def hang_up(self) -> None:
        """Nobody is there."""


async def speak(line: PacedLine, frames: int, heard: list[object]) -> None:
    """A frame of speech for each that comes in, as a call does, then silence."""
    async for event in line.events():
        heard.append(event)
        if len(heard) <= frames:
            await line.send(LOUD_FRAME)


async def hold(wire: KeptWire, frames: int, *, stalls: set[int], stall_s: float) -> list[object]:
    """60 frames come in real time, midway between the line's, while the bot says `frames`; the whole loop stands still
    at some. What was heard.
    """
    heard: list[object] = []
    line = PacedLine(wire, LineLimits(lost_peer_s=5, call_s=5))
    began = time.monotonic()
    tasks = [asyncio.ensure_future(line.run()), asyncio.ensure_future(speak(line, frames, heard))]
    for frame in range(60):
        await asyncio.sleep(max(0.0, began + (frame + 0.5) * FRAME_S - time.monotonic()))
        line.put(AudioFrame(LOUD_FRAME))
        if frame in stalls:
            time.sleep(stall_s)
            for _ in range(3):  # from a socket to its reader
                await asyncio.sleep(0)
    await asyncio.sleep(FRAME_S)
    await line.hang_up()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return heard


async def test_speech_has_no_hole_where_the_machine_was_late() -> None:
    wire = KeptWire()
    await hold(wire, 40, stalls={10, 20}, stall_s=0.07)
    told = "".join("x" if frame == LOUD_FRAME else "." for frame in wire.sent)
    assert told.strip(".") == "x" * 40
    assert told.endswith("....")


async def test_nothing_is_put_between_the_callers_frames_where_the_machine_was_late() -> None:
    heard = await hold(KeptWire(), 0, stalls={10, 30}, stall_s=0.16)
    assert [event for event in heard if isinstance(event, AudioFrame)] == [AudioFrame(LOUD_FRAME)] * 60


@pytest.mark.parametrize(
    "wire", [KeptWire(), KeptWire(lead_frames=3, wants_silence=False)], ids=["audiosocket", "lead"]
)
async def test_in_time_the_line_is_silent_as_soon_as_the_bot_is(wire: KeptWire) -> None:
    line = PacedLine(wire, LineLimits(lost_peer_s=5, call_s=5))
    running = asyncio.ensure_future(line.run())
    for _ in range(5):
        await line.send(LOUD_FRAME)
    assert await line.played()
    await asyncio.sleep(0.1)
    await line.hang_up()
    await running
    assert wire.sent.count(LOUD_FRAME) == 5
    assert (wire.sent[-1] == SILENT_FRAME) is wire.wants_silence
