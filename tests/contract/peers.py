"""A PBX's side of a call, as Asterisk speaks it: enough to hold a real listener to its contract."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID, uuid4

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from bot.audio import Audio
from bot.ports import AudioFrame, CallTransport, KeyPress, LineEvent
from bot.replies import HungUp
from bot.transports.audiosocket import AudioSocketServer
from bot.transports.audiosocket_wire import Decoder, HangUp, audio_message
from bot.transports.browser import hold
from bot.transports.paced_line import LineLimits
from bot.transports.pbx_http import PbxServer
from bot.transports.switchboard import Switchboard

LIMITS = LineLimits(lost_peer_s=10, call_s=60)
TOKEN = "a-token-of-the-tests"  # noqa: S105 - nobody's
START = "MEDIA_START connection_id:nhanh8 channel:WebSocket/1 format:slin optimal_frame_size:320 ptime:20"


class Peer(Protocol):
    """`heard` is the bot's speech as it came in, `at` when each message came; `told` is what else was said."""

    heard: bytearray
    at: list[float]
    told: list[str]

    async def send(self, event: LineEvent) -> None: ...

    async def send_raw(self, data: bytes) -> None: ...

    async def close(self) -> None: ...


@dataclass
class AudioSocketPeer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: bytearray = field(default_factory=bytearray)
    at: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def send(self, event: LineEvent) -> None:
        if isinstance(event, AudioFrame):
            await self.send_raw(audio_message(event.pcm))
        elif isinstance(event, KeyPress):
            await self.send_raw(b"\x03\x00\x01" + event.key.encode())
        else:
            await self.send_raw(b"\x00\x00\x00")

    async def send_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def close(self) -> None:
        self.writer.close()

    async def listen(self) -> None:
        decoder = Decoder()
        while data := await self.reader.read(4096):
            for message in decoder.feed(data):
                if isinstance(message, Audio):
                    self.heard += message.pcm
                    self.at.append(asyncio.get_running_loop().time())
                elif isinstance(message, HangUp):
                    self.told.append("HANGUP")
        self.told.append("closed")


@dataclass
class WebSocketPeer:
    socket: aiohttp.ClientWebSocketResponse
    heard: bytearray = field(default_factory=bytearray)
    at: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def send(self, event: LineEvent) -> None:
        if isinstance(event, AudioFrame):
            await self.send_raw(event.pcm)
        elif isinstance(event, KeyPress):
            await self.socket.send_str(f"DTMF_END digit:{event.key}")
        else:
            await self.close()

    async def send_raw(self, data: bytes) -> None:
        await self.socket.send_bytes(data)

    async def close(self) -> None:
        await self.socket.close()

    async def listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.heard += message.data
                self.at.append(asyncio.get_running_loop().time())
            elif message.type is aiohttp.WSMsgType.TEXT:
                self.told.append(message.data)
        self.told.append("closed")


@dataclass
class Held:
    """What a listener gave to the bot, held until the test is over."""

    line: asyncio.Future[tuple[str, CallTransport]] = field(default_factory=asyncio.Future)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, call: str, line: CallTransport) -> None:
        self.line.set_result((call, line))
        await self.over.wait()
        await line.hang_up()


Connected = tuple[CallTransport, Peer]


@asynccontextmanager
async def by_audiosocket(call: UUID | None = None, limits: LineLimits = LIMITS) -> AsyncIterator[Connected]:
    held = Held()
    server = AudioSocketServer(held.answer, limits)
    reader, writer = await asyncio.open_connection("127.0.0.1", await server.start("127.0.0.1", 0))
    peer = AudioSocketPeer(reader, writer)
    await peer.send_raw(b"\x01\x00\x10" + (call or uuid4()).bytes)
    async with _listening(held, peer, peer.listen()) as connected:
        yield connected
    await server.stop()


@asynccontextmanager
async def by_websocket(call: UUID | None = None, limits: LineLimits = LIMITS) -> AsyncIterator[Connected]:
    held = Held()
    server = PbxServer(Switchboard(most_calls=9, clock=lambda: 0.0), held.answer, limits, token=TOKEN)
    url = f"http://127.0.0.1:{await server.start('127.0.0.1', 0)}/media?call={call or uuid4()}"
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("nhanh8", TOKEN)) as session:
        peer = WebSocketPeer(await session.ws_connect(url, protocols=("media",)))
        await peer.socket.send_str(START)
        async with _listening(held, peer, peer.listen()) as connected:
            yield connected
        await peer.close()
    await server.stop()


@dataclass
class BrowserPeer:
    """A page that plays at once what it is sent, and tells so."""

    socket: aiohttp.ClientWebSocketResponse
    heard: bytearray = field(default_factory=bytearray)
    at: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    flags: bytearray = field(default_factory=bytearray)  # one for each frame: whether it is a secret
    plays: bool = True
    _round: int = 0
    _played: int = 0

    async def send(self, event: LineEvent) -> None:
        if isinstance(event, AudioFrame):
            await self.send_raw(event.pcm)
        elif isinstance(event, KeyPress):
            await self.socket.send_json({"type": "key", "key": event.key})
        else:
            await self.socket.send_json({"type": "hang_up"})

    async def send_raw(self, data: bytes) -> None:
        await self.socket.send_bytes(data)

    async def close(self) -> None:
        await self.socket.close()

    async def listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.flags.append(message.data[0])
                self.heard += message.data[2:]
                self.at.append(asyncio.get_running_loop().time())
                self._played += 1
            else:
                told = json.loads(message.data)
                self.told.append({"hang_up": "HANGUP"}.get(told["type"], told["type"]))
                if told["type"] == "clear":
                    self._round, self._played = told["round"], 0
            if self.plays:
                await self.socket.send_json({"type": "played", "frames": self._played, "round": self._round})
        self.told.append("closed")


@asynccontextmanager
async def by_browser(
    call: UUID | None = None, limits: LineLimits = LIMITS, *, rate_hz: int = 8000
) -> AsyncIterator[Connected]:
    held = Held()

    async def accept(websocket: WebSocket) -> None:
        await websocket.accept()
        await hold(websocket, lambda _, line: held.answer("", line), limits)

    app = Starlette(routes=[WebSocketRoute("/call", accept)])
    config = uvicorn.Config(app, ws="wsproto", lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server, listening = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve([listening]))
    async with aiohttp.ClientSession() as session:
        peer = BrowserPeer(await session.ws_connect(f"http://127.0.0.1:{listening.getsockname()[1]}/call"))
        await peer.socket.send_json({"type": "start", "rate": rate_hz, "number": ""})
        async with _listening(held, peer, peer.listen()) as connected:
            yield connected
        await peer.close()
    server.should_exit = True
    await serving


CONNECTIONS: dict[str, Callable[..., AbstractAsyncContextManager[Connected]]] = {
    "audiosocket": by_audiosocket,
    "chan_websocket": by_websocket,
    "browser": by_browser,
}


@asynccontextmanager
async def _listening(held: Held, peer: Peer, listen: Awaitable[None]) -> AsyncIterator[Connected]:
    listening = asyncio.ensure_future(listen)
    try:
        yield (await asyncio.wait_for(held.line, 5))[1], peer
    finally:
        held.over.set()
        await asyncio.sleep(0.05)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def playing(
    connect: Callable[..., AbstractAsyncContextManager[Connected]], *script: list[LineEvent]
) -> AsyncIterator[CallTransport]:
    """A line whose peer plays `script` in real time, then sends silence."""
    async with connect() as (line, peer):
        task = asyncio.ensure_future(_play(peer, [event for part in script for event in part]))
        yield line
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _play(peer: Peer, script: list[LineEvent]) -> None:
    for event in [*script, *[AudioFrame(bytes(320))] * 10_000]:
        await peer.send(event)
        if isinstance(event, HungUp):
            return
        if isinstance(event, AudioFrame):
            await asyncio.sleep(0.004)  # five times real time: the contract is not about pace
