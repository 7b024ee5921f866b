"""What a call with a browser promises beside the contract of every line on a network: heard is what the page played."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.audio import Audio
from bot.events import Event, Kind
from bot.ports import AudioFrame, TypedText
from bot.replies import HungUp
from bot.transports import browser
from bot.transports.browser import BrowserLine
from bot.transports.browser_wire import Start
from tests.contract.calls import LOUD_FRAME, level
from tests.contract.peers import LIMITS, BrowserPeer, by_browser

Call = tuple[BrowserLine, BrowserPeer]


@pytest_asyncio.fixture
async def call() -> AsyncIterator[Call]:
    async with by_browser() as (line, peer):
        assert isinstance(line, BrowserLine)
        assert isinstance(peer, BrowserPeer)
        yield line, peer


async def test_the_bot_waits_until_the_page_has_played(call: Call) -> None:
    line, peer = call
    peer.plays = False
    await line.send(LOUD_FRAME)
    await line.send(LOUD_FRAME)
    waiting = asyncio.ensure_future(line.played())
    await asyncio.wait({waiting}, timeout=0.3)  # in real time it would be over
    await peer.socket.send_json({"type": "played", "frames": 1, "round": 0})
    await peer.socket.send_json({"type": "played", "frames": 2, "round": 9})  # of no round that there was
    await asyncio.wait({waiting}, timeout=0.1)
    assert not waiting.done()
    await peer.socket.send_json({"type": "played", "frames": 2, "round": 0})
    assert await asyncio.wait_for(waiting, 5)


async def test_what_was_cleared_is_not_waited_for(call: Call) -> None:
    line, peer = call
    peer.plays = False
    await line.send(LOUD_FRAME)
    await line.clear()
    assert await asyncio.wait_for(line.played(), 2)


async def test_a_page_that_plays_nothing_is_lost(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "PLAYED_WITHIN_S", 0.2)
    line, peer = call
    peer.plays = False
    await line.send(LOUD_FRAME)
    assert not await line.played()
    assert [event async for event in line.events()] == [HungUp()]


async def test_a_page_that_leaves_while_it_is_waited_for_is_known_at_once(call: Call) -> None:
    line, peer = call
    peer.plays = False
    await line.send(LOUD_FRAME)
    waiting = asyncio.ensure_future(line.played())
    await peer.close()
    assert not await asyncio.wait_for(waiting, 2)


async def test_speech_is_marked_as_secret_from_the_event_on_that_says_so(call: Call) -> None:
    line, peer = call
    await line.send(LOUD_FRAME)
    line(Event(Kind.SECRET, 0, {"spoken": True}))
    await line.send(LOUD_FRAME)
    await line.send(LOUD_FRAME)
    line(Event(Kind.SECRET, 0, {"spoken": False}))
    await line.send(LOUD_FRAME)
    assert await line.played()
    assert list(peer.flags) == [0, 1, 1, 0]
    assert bytes(peer.heard) == LOUD_FRAME * 4


async def test_typed_words_come_in_between_the_frames(call: Call) -> None:
    line, peer = call
    await peer.send(AudioFrame(LOUD_FRAME))
    await peer.socket.send_json({"type": "text", "text": "cấp lại"})
    events = line.events()
    assert [await anext(events) for _ in range(2)] == [AudioFrame(LOUD_FRAME), TypedText("cấp lại")]


async def test_what_is_told_before_the_end_arrives_and_after_it_too(call: Call) -> None:
    line, peer = call
    line.tell(json.dumps({"type": "event", "event": "silent"}))
    await line.hang_up()
    line.tell(json.dumps({"type": "event", "event": "call_ended"}))
    while len(peer.told) < 3:
        await asyncio.sleep(0.01)
    assert peer.told == ["event", "HANGUP", "event"]


async def test_a_message_that_no_page_sends_ends_the_call(call: Call) -> None:
    line, peer = call
    await peer.socket.send_str('{"type": "start", "rate": 8000, "number": ""}')
    assert [event async for event in line.events()][-1] == HungUp()


async def test_a_microphone_at_its_own_rate_is_heard_at_8_khz() -> None:
    async with by_browser(rate_hz=48_000) as (line, peer):
        await peer.send_raw(level(200, 3000).at(48_000).pcm)
        events = line.events()
        heard = Audio(b"".join([(await anext(events)).pcm for _ in range(5)]))  # type: ignore[union-attr]
        middle = heard.samples[400:-200].astype(int)
        assert abs(middle - 3000).max() < 60


@pytest.mark.parametrize("first", ["no JSON", '{"type": "hang_up"}', b"\x00\x00"])
def test_a_page_that_begins_otherwise_gets_no_call(first: str | bytes) -> None:
    async def accept(socket: WebSocket) -> None:
        await socket.accept()
        await browser.hold(socket, no_call, LIMITS)

    async def no_call(start: Start, line: BrowserLine) -> None:
        raise AssertionError("a call")

    client = TestClient(Starlette(routes=[WebSocketRoute("/call", accept)]))
    with client.websocket_connect("/call") as socket:
        socket.send({"type": "websocket.receive", "text" if isinstance(first, str) else "bytes": first})
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
