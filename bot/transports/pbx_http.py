"""The HTTP side of a PBX: it announces calls, asks how they ended, and brings media by WebSocket."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from contextlib import suppress
from typing import Final
from uuid import UUID

from aiohttp import BasicAuth, WSMsgType, web

from bot.audio import Audio
from bot.ports import AudioFrame, KeyPress
from bot.transports.audiosocket import MOST_UNREAD_BYTES, Answer
from bot.transports.chan_websocket_wire import Command, Dialect, Flow, MediaStart, read, write
from bot.transports.paced_line import LineLimits, PacedLine
from bot.transports.reframing import Reframer
from bot.transports.switchboard import LinesBusy, Switchboard
from bot.transports.wire_error import WireError

log = logging.getLogger(__name__)

OUTCOME_WITHIN_S: Final = 3.0
HANG_UP_WITHIN_S: Final = 1.0
LEAD_FRAMES: Final = 3  # Asterisk plays by its own clock: 60 ms bridge the two
MOST_BODY_BYTES: Final = 4096
MOST_MESSAGE_BYTES: Final = 65_536  # of one WebSocket message: a third of a second at 96 kHz
_TRUNK: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class PbxServer:
    """`POST /calls/ID`, `GET /calls/ID/outcome`, `GET /media?call=ID` (a WebSocket of chan_websocket), `GET /health`.

    `token` proves that it is the PBX who speaks: a form field or a query field, the password of HTTP Basic for media.
    """

    def __init__(self, switchboard: Switchboard, answer: Answer, limits: LineLimits, *, token: str) -> None:
        self._switchboard = switchboard
        self._answer = answer
        self._limits = limits
        self._token = token
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """The port it listens on. Raises OSError."""
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.add_routes(
            [
                web.post("/calls/{call}", self._announce),
                web.get("/calls/{call}/outcome", self._outcome),
                web.get("/media", self._media),
                web.get("/health", self._health),
            ]
        )
        # Addresses hold the token: there is no access log.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        listening: int = self._runner.addresses[0][1]
        return listening

    async def stop(self) -> None:
        """Close every connection."""
        if self._runner:
            await self._runner.cleanup()

    async def _announce(self, request: web.Request) -> web.Response:
        form = await request.post()
        self._check(str(form.get("token", "")))
        call, trunk = _call(request.match_info["call"]), _trunk(str(form.get("trunk", "")))
        try:
            self._switchboard.announce(call, str(form.get("number", "")), trunk)
        except LinesBusy:
            return web.Response(status=503, text="busy")
        return web.Response(status=201, text="ok")

    async def _outcome(self, request: web.Request) -> web.Response:
        self._check(request.query.get("token", ""))
        outcome = await self._switchboard.outcome(_call(request.match_info["call"]), OUTCOME_WITHIN_S)
        return web.Response(text=outcome) if outcome else web.Response(status=404, text="unknown")

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"calls": self._switchboard.calls, "taking_calls": self._switchboard.open})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self._check(_basic_password(request))
        call = _call(request.query.get("call", ""))
        socket = web.WebSocketResponse(protocols=("media",), max_msg_size=MOST_MESSAGE_BYTES)
        await socket.prepare(request)
        wire = _Wire(socket)
        line = PacedLine(wire, self._limits)
        writing = asyncio.create_task(wire.run(), name=f"write {call}")
        tasks = [
            writing,
            asyncio.create_task(line.run(), name=f"send {call}"),
            asyncio.create_task(_read(socket, wire, line), name=f"read {call}"),
        ]
        try:
            await self._answer(call, line)
            await asyncio.wait({writing}, timeout=HANG_UP_WITHIN_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.close()
        return socket

    def _check(self, token: str) -> None:
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            log.warning("a PBX without the token was refused")
            raise web.HTTPForbidden(text="wrong token")


def _call(text: str) -> str:
    """The id in its one form, as AudioSocket gives it."""
    try:
        return str(UUID(text))
    except ValueError:
        raise web.HTTPBadRequest(text="the call's id is no UUID") from None


def _trunk(text: str) -> str | None:
    """The trunk's name, None where none is told: it goes into the database as it is."""
    if text and not _TRUNK.fullmatch(text):
        raise web.HTTPBadRequest(text="the trunk's name is no name")
    return text or None


def _basic_password(request: web.Request) -> str:
    try:
        return str(BasicAuth.decode(request.headers.get("Authorization", "")).password)
    except ValueError:
        return ""


async def _read(socket: web.WebSocketResponse, wire: _Wire, line: PacedLine) -> None:
    """Everything that comes, to `line`, until the connection ends in whatever way."""
    reframer = Reframer()
    try:
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                for frame in reframer.frames(_audio(message.data)):
                    line.put(AudioFrame(frame))
            elif message.type is WSMsgType.TEXT:
                event = read(message.data)
                if isinstance(event, KeyPress):
                    line.put(event)
                elif event is not None:
                    wire.told(event)
    except WireError as error:
        log.warning("WebSocket call lost", extra={"reason": str(error)})
    finally:
        line.lost()


def _audio(data: bytes) -> Audio:
    if len(data) % 2:
        raise WireError("media with half a sample")
    return Audio(data)


class _Wire:
    """The sending side: speech only, a little ahead; Asterisk fills in silence. What it sends waits in a queue."""

    lead_frames = LEAD_FRAMES
    wants_silence = False

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._dialect = Dialect.PLAIN
        self._open = True
        self._waiting: asyncio.Queue[bytes | Command] = asyncio.Queue()
        self._waiting_bytes = 0

    def told(self, event: MediaStart | Flow) -> None:
        if isinstance(event, MediaStart):
            self._dialect = event.dialect
        else:
            self._open = event.open

    def send_audio(self, frame: bytes) -> None:
        if self._open and self._waiting_bytes < MOST_UNREAD_BYTES:
            self._waiting_bytes += len(frame)
            self._waiting.put_nowait(frame)

    def flush(self) -> None:
        self._waiting.put_nowait(Command.FLUSH_MEDIA)

    def hang_up(self) -> None:
        self._waiting.put_nowait(Command.HANGUP)

    async def run(self) -> None:
        """Send what waits, until HANGUP is sent or the connection is lost."""
        with suppress(ConnectionError, RuntimeError):  # aiohttp's words for a socket that is closing
            while (one := await self._waiting.get()) is not Command.HANGUP:
                await self._send(one)
            await self._send(Command.HANGUP)

    async def _send(self, one: bytes | Command) -> None:
        if isinstance(one, Command):
            await self._socket.send_str(write(one, self._dialect))
        else:
            self._waiting_bytes -= len(one)
            await self._socket.send_bytes(one)
