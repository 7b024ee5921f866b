"""What a line on the network promises beside the contract of every line: pace, loss, limits, and a peer that errs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import pytest_asyncio

from bot.audio import FRAME_BYTES, SILENT_FRAME
from bot.ports import AudioFrame, CallTransport, KeyPress
from bot.replies import HungUp
from bot.transports.paced_line import MOST_INCOMING, LineLimits
from tests.contract.calls import LOUD_FRAME
from tests.contract.peers import CONNECTIONS, Connected, Peer, by_audiosocket, by_websocket

Connect = Callable[..., AbstractAsyncContextManager[Connected]]


@pytest.fixture(params=CONNECTIONS)
def connect(request: pytest.FixtureRequest) -> Connect:
    return CONNECTIONS[request.param]


@pytest_asyncio.fixture
async def connected(connect: Connect) -> AsyncIterator[Connected]:
    async with connect() as both:
        yield both


async def rest_of(line: CallTransport) -> list[object]:
    return [event async for event in line.events()]


async def until(true: Callable[[], bool], within_s: float = 5.0) -> None:
    for _ in range(round(within_s / 0.01)):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def test_speech_goes_out_at_the_pace_of_speech(connected: Connected) -> None:
    line, peer = connected
    for _ in range(30):
        await line.send(LOUD_FRAME)
    assert await line.played()
    await until(lambda: peer.heard.count(LOUD_FRAME) == 30)
    assert (
        peer.at[-1] - peer.at[0] > 0.3
    )  # 600 ms of speech, of which half a second may wait in line and 60 ms go ahead


async def test_audiosocket_gets_silence_every_20_ms_when_the_bot_says_nothing() -> None:
    async with by_audiosocket() as (_, peer):
        await until(lambda: len(peer.at) >= 40)
        assert bytes(peer.heard).replace(SILENT_FRAME, b"") == b""
        assert peer.at[-1] - peer.at[0] > 0.5


async def test_asterisk_makes_its_own_silence_on_a_websocket() -> None:
    async with by_websocket() as (_, peer):
        await asyncio.sleep(0.2)
        assert not peer.heard


async def test_what_was_cleared_is_never_sent(connected: Connected) -> None:
    line, peer = connected
    for _ in range(20):
        await line.send(LOUD_FRAME)
    await line.clear()
    await asyncio.sleep(0.2)
    assert peer.heard.count(LOUD_FRAME) < 10


async def test_a_websocket_is_told_to_flush_and_sends_no_more_than_asterisk_takes() -> None:
    async with by_websocket() as (line, peer):
        await line.clear()
        await until(lambda: peer.told == ["FLUSH_MEDIA"])
        await peer.socket.send_str("MEDIA_XOFF")
        await asyncio.sleep(0.1)
        await line.send(LOUD_FRAME)
        assert await line.played()
        await peer.socket.send_str("MEDIA_XON")
        await asyncio.sleep(0.1)
        assert not peer.heard
        await line.send(LOUD_FRAME)
        await until(lambda: bytes(peer.heard) == LOUD_FRAME)


async def test_a_caller_who_sends_nothing_is_silent_and_time_goes_on(connected: Connected) -> None:
    line, _ = connected
    events = line.events()
    assert [await asyncio.wait_for(anext(events), 1) for _ in range(10)] == [AudioFrame(SILENT_FRAME)] * 10


async def test_frames_come_whole_however_they_were_cut(connected: Connected) -> None:
    line, peer = connected
    pcm = LOUD_FRAME * 6
    if "AudioSocket" in type(peer).__name__:
        message = b"\x10" + len(pcm).to_bytes(2, "big") + pcm
        for at in range(0, len(message), 700):
            await peer.send_raw(message[at : at + 700])
            await asyncio.sleep(0.002)
    else:
        for at in range(0, len(pcm), 434):
            await peer.send_raw(pcm[at : at + 434])
    events = line.events()
    assert [await asyncio.wait_for(anext(events), 1) for _ in range(6)] == [AudioFrame(LOUD_FRAME)] * 6


async def test_what_the_bot_has_no_time_for_is_bounded_and_the_newest_is_kept(connected: Connected) -> None:
    line, peer = connected
    for _ in range(MOST_INCOMING + 100):
        await peer.send(AudioFrame(LOUD_FRAME))
    await peer.send(KeyPress("7"))
    events, seen = line.events(), []
    while (event := await asyncio.wait_for(anext(events), 2)) != KeyPress("7"):
        seen.append(event)
    assert len(seen) < MOST_INCOMING + 20


@pytest.mark.parametrize("goes", ["says goodbye", "closes"])
async def test_a_caller_who_left_is_known_at_once_whatever_is_still_waiting(connected: Connected, goes: str) -> None:
    line, peer = connected
    for _ in range(100):
        await peer.send(AudioFrame(LOUD_FRAME))
    await asyncio.sleep(0.1)
    if goes == "says goodbye":
        await peer.send(HungUp())
    else:
        await peer.close()
    await asyncio.sleep(0.2)
    assert await rest_of(line) == [HungUp()]
    assert not await line.played()
    await line.send(LOUD_FRAME)


async def test_bytes_that_are_no_protocol_end_the_call(connected: Connected) -> None:
    line, peer = connected
    await peer.send_raw(b"\x77\x00\x01")
    assert (await asyncio.wait_for(rest_of(line), 2))[-1] == HungUp()


async def test_the_bot_hangs_up_after_its_last_word(connected: Connected) -> None:
    line, peer = connected
    for _ in range(10):
        await line.send(LOUD_FRAME)
    await line.hang_up()
    await until(lambda: "HANGUP" in peer.told)
    assert peer.heard.count(LOUD_FRAME) == 10


async def test_a_peer_without_a_frame_for_too_long_is_lost(connect: Connect) -> None:
    async with connect(limits=LineLimits(lost_peer_s=0.3, call_s=60)) as (line, _):
        assert (await asyncio.wait_for(rest_of(line), 2))[-1] == HungUp()


async def test_a_call_has_a_limit_on_the_clock_on_the_wall(connect: Connect) -> None:
    async with connect(limits=LineLimits(lost_peer_s=60, call_s=0.4)) as (line, peer):
        feeding = asyncio.ensure_future(_feed(peer))
        assert (await asyncio.wait_for(rest_of(line), 3))[-1] == HungUp()
        feeding.cancel()


async def _feed(peer: Peer) -> None:
    while True:
        await peer.send(AudioFrame(bytes(FRAME_BYTES)))
        await asyncio.sleep(0.08)  # a quarter of the pace: time on the line stands nearly still
