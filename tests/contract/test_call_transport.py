"""What every line promises: recorded, scripted, on the network, and the fake of the session's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import pytest_asyncio

from bot.audio import FRAME_BYTES, SILENT_FRAME
from bot.events import Event, Kind
from bot.ports import AudioFrame, CallTransport, KeyPress, LineEvent
from bot.replies import HungUp
from bot.transports.recorded_caller import RecordedCaller
from bot.transports.scripted_caller import ScriptedCaller, Step
from tests.contract.calls import LOUD_FRAME, ScriptedCall, level, press, quiet, voice
from tests.contract.peers import by_audiosocket, by_browser, by_websocket, playing

Line = Callable[[], AbstractAsyncContextManager[CallTransport]]


def local(make: Callable[[], CallTransport]) -> Line:
    @asynccontextmanager
    async def line() -> AsyncIterator[CallTransport]:
        yield make()

    return line


def leaving() -> ScriptedCaller:
    here = Step(place="k.yml:1", after_ms=0, during="utter_menu", hang_up=True)
    line = ScriptedCaller([here], [SILENT_FRAME])
    line(Event(Kind.PROMPT, 0, {"prompt_id": "utter_menu"}))
    return line


LINES: dict[str, Line] = {
    "recorded": local(lambda: RecordedCaller(level(1010, 3000))),
    "scripted": local(lambda: ScriptedCaller([], [SILENT_FRAME, LOUD_FRAME])),
    "audiosocket": lambda: playing(by_audiosocket, voice(500), press("1")),
    "chan_websocket": lambda: playing(by_websocket, voice(500), press("1")),
    "browser": lambda: playing(by_browser, voice(500), press("1")),
    "fake": local(lambda: ScriptedCall(voice(500), press("1"))),
}
LEAVING: dict[str, Line] = {
    "scripted": local(leaving),
    "audiosocket": lambda: playing(by_audiosocket, quiet(40), [HungUp()]),
    "chan_websocket": lambda: playing(by_websocket, quiet(40), [HungUp()]),
    "browser": lambda: playing(by_browser, quiet(40), [HungUp()]),
    "fake": local(lambda: ScriptedCall(quiet(40), [HungUp()])),
}


@pytest_asyncio.fixture(params=LINES)
async def line(request: pytest.FixtureRequest) -> AsyncIterator[CallTransport]:
    async with LINES[request.param]() as connected:
        yield connected


@pytest_asyncio.fixture(params=LEAVING)
async def leaving_line(request: pytest.FixtureRequest) -> AsyncIterator[CallTransport]:
    async with LEAVING[request.param]() as connected:
        yield connected


async def some(line: CallTransport, count: int = 100) -> list[LineEvent]:
    events = line.events()
    return [await anext(events) for _ in range(count)]


async def test_audio_comes_in_frames_of_20_ms(line: CallTransport) -> None:
    frames = [event for event in await some(line) if isinstance(event, AudioFrame)]
    assert len(frames) > 50
    assert {len(frame.pcm) for frame in frames} == {FRAME_BYTES}


async def test_all_else_is_keys(line: CallTransport) -> None:
    rest = [event for event in await some(line) if not isinstance(event, AudioFrame)]
    assert all(isinstance(event, KeyPress) and event.key in "0123456789*#" for event in rest)


async def test_a_frame_can_be_sent_for_each_that_came_in_and_forgotten_again(line: CallTransport) -> None:
    events = line.events()
    for _ in range(10):
        await anext(events)
        await line.send(LOUD_FRAME)
    await line.clear()
    assert await anext(events)


async def test_all_that_was_sent_is_played_in_the_end(line: CallTransport) -> None:
    events = line.events()
    for _ in range(10):
        await anext(events)
        await line.send(LOUD_FRAME)
    assert await line.played()


@pytest.mark.parametrize("later", [pytest.param(1, id="at once"), pytest.param(200, id="in the end")])
async def test_after_hanging_up_nothing_happens_any_more(line: CallTransport, later: int) -> None:
    events = line.events()
    for _ in range(later):
        await anext(events)
    await line.hang_up()
    assert [event async for event in events] == []


async def test_after_hanging_up_nothing_is_played(line: CallTransport) -> None:
    await line.hang_up()
    assert not await line.played()


async def test_hanging_up_is_harmless_twice_and_before_anything_happened(line: CallTransport) -> None:
    await line.hang_up()
    await line.hang_up()


async def test_nothing_follows_when_the_caller_has_left(leaving_line: CallTransport) -> None:
    events = [event async for event in leaving_line.events()]
    assert events[-1] == HungUp()
    assert events.count(HungUp()) == 1


async def test_hanging_up_is_harmless_when_the_caller_has_left(leaving_line: CallTransport) -> None:
    async for _ in leaving_line.events():
        pass
    await leaving_line.hang_up()
