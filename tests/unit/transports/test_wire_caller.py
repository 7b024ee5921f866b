"""A measuring caller's watch: when it heard speech, and when it stopped."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from bot.audio import SILENT_FRAME
from bot.ports import AudioFrame, CallTransport, KeyPress
from bot.transports.audiosocket import AudioSocketServer
from bot.transports.paced_line import LineLimits
from bot.transports.wire_caller import Hearing, WireCaller
from tests.contract.calls import LOUD_FRAME, level


def hearing(pattern: str) -> Hearing:
    """A letter for each frame: `x` is speech, `.` silence; 20 ms apart from second 10 on."""
    return Hearing(at=[10 + 0.02 * n for n in range(len(pattern))], loud=[letter == "x" for letter in pattern])


def test_the_first_speech_after_a_moment() -> None:
    assert hearing("x..x").first_loud(10.01) == 10.06
    assert hearing("x...").first_loud(10.01) is None


def test_the_last_speech_before_a_pause() -> None:
    heard = hearing("xxx.xx" + "." * 20 + "x")
    assert heard.last_loud(10, 0.3) == 10.1
    assert hearing("xxxx").last_loud(10, 0.3) is None


def test_how_late_frames_came() -> None:
    late = Hearing(at=[0, 0.02, 0.09, 0.09], loud=[False] * 4).late_ms()
    assert [round(each) for each in late] == [0, 50, 0]


async def test_a_call_over_a_real_socket() -> None:
    seen: list[object] = []

    async def answer(call: str, line: CallTransport) -> None:
        await line.send(LOUD_FRAME)
        async for event in line.events():
            seen.append(event)
            if event == KeyPress("5"):
                break
        await line.hang_up()

    server = AudioSocketServer(answer, LineLimits(lost_peer_s=5, call_s=5))
    port = await server.start("127.0.0.1", 0)
    caller = await WireCaller.ring("127.0.0.1", port, uuid4(), [SILENT_FRAME])
    running = asyncio.ensure_future(caller.run())
    speech = level(100, 3000)
    caller.begin_to_say(speech)
    await asyncio.sleep(0.3)
    caller.press("5")
    await asyncio.wait_for(running, 5)
    await server.stop()
    assert caller.said_from > 0
    assert [event for event in seen if isinstance(event, AudioFrame) and event.pcm != SILENT_FRAME] == [
        AudioFrame(frame) for frame in speech.frames()
    ]
    assert caller.hearing.loud.count(True) == 1
