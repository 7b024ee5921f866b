"""A call with a browser: its WebSocket as a line. The page tells what it played, so the bot knows what was heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.audio import Audio
from bot.events import Event, Kind
from bot.ports import AudioFrame, LineEvent
from bot.replies import HungUp
from bot.transports.browser_wire import HANG_UP_MESSAGE, PlayedSoFar, Start, audio_message, clear_message, read
from bot.transports.paced_line import LAST_WORDS_S, LineLimits, PacedLine
from bot.transports.reframing import Reframer
from bot.transports.wire_error import WireError

log = logging.getLogger(__name__)

START_WITHIN_S: Final = 10.0
LEAD_FRAMES: Final = 4  # browsers play by a clock of their own, and wake up in their own time
MOST_WAITING: Final = 500  # messages that the page does not read: ten seconds of speech
PLAYED_WITHIN_S: Final = 5.0  # a page that was sent speech and does not play it is as good as gone

Answer = Callable[[Start, "BrowserLine"], Awaitable[None]]


async def hold(socket: WebSocket, answer: Answer, limits: LineLimits) -> None:
    """Give the call that an accepted socket brings to `answer`, which holds it to its end; then close the socket."""
    try:
        start = await asyncio.wait_for(_start(socket), START_WITHIN_S)
    except (WireError, asyncio.TimeoutError) as error:
        log.warning("no call from the page", extra={"reason": str(error) or type(error).__name__})
        await _close(socket)
        return
    wire = _Wire(socket)
    line = BrowserLine(wire, PacedLine(wire, limits))
    writing = asyncio.create_task(wire.run(), name="write to the page")
    tasks = [
        writing,
        asyncio.create_task(line.run(), name="speak to the page"),
        asyncio.create_task(_read(socket, line, start), name="read from the page"),
    ]
    try:
        await answer(start, line)
        wire.end()
        await asyncio.wait({writing}, timeout=LAST_WORDS_S)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _close(socket)


class BrowserLine:
    """A CallTransport and, as a sink of the event log, told when the bot reads out a secret: the page draws none."""

    def __init__(self, wire: _Wire, line: PacedLine) -> None:
        self._wire = wire
        self._line = line
        self._secret = False

    def __call__(self, event: Event) -> None:
        if event.kind is Kind.SECRET:
            self._secret = bool(event.fields["spoken"])

    def tell(self, text: str) -> None:
        """Send the page a text message."""
        self._wire.send_text(text)

    def events(self) -> AsyncIterator[LineEvent]:
        return self._line.events()

    async def send(self, frame: bytes) -> None:
        await self._line.send(audio_message(frame, secret=self._secret))

    async def played(self) -> bool:
        try:
            return await asyncio.wait_for(self._heard_out(), PLAYED_WITHIN_S)
        except asyncio.TimeoutError:
            self.lost()
            return False

    async def clear(self) -> None:
        await self._line.clear()

    async def hang_up(self) -> None:
        """Ends the call once the page has played the bot's last words."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._heard_out(), LAST_WORDS_S)
        await self._line.hang_up()

    async def run(self) -> None:
        await self._line.run()

    async def _heard_out(self) -> bool:
        if await self._line.played():
            await self._wire.all_played()
        return await self._line.played()

    def put(self, event: LineEvent) -> None:
        self._line.put(event)

    def put_played(self, told: PlayedSoFar) -> None:
        self._wire.told(told)

    def lost(self) -> None:
        self._line.lost()
        self._wire.lost()


async def _close(socket: WebSocket) -> None:
    with suppress(RuntimeError):  # the page may have closed it
        await socket.close()


async def _start(socket: WebSocket) -> Start:
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WireError("closed before a call began")
    first = read(message.get("text") or "")
    if not isinstance(first, Start):
        raise WireError("the first message begins no call")
    return first


async def _read(socket: WebSocket, line: BrowserLine, start: Start) -> None:
    """Everything that comes, to `line`, until the connection ends in whatever way."""
    reframer = Reframer()
    try:
        while (message := await socket.receive())["type"] == "websocket.receive":
            if message.get("text") is None:
                for frame in reframer.frames(_audio(message["bytes"], start.rate_hz)):
                    line.put(AudioFrame(frame))
                continue
            event = read(message["text"])
            if isinstance(event, PlayedSoFar):
                line.put_played(event)
            elif isinstance(event, HungUp):
                return
            elif isinstance(event, Start):
                raise WireError("a call begins only once")
            else:
                line.put(event)
    except WireError as error:
        log.warning("call from the page lost", extra={"reason": str(error)})
    finally:
        line.lost()


def _audio(data: bytes, rate_hz: int) -> Audio:
    if len(data) % 2:
        raise WireError("audio with half a sample")
    return Audio(data, rate_hz)


class _Wire:
    """The sending side: speech only, a little ahead. What it sends waits in a queue."""

    lead_frames = LEAD_FRAMES
    wants_silence = False

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._waiting: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self._round = 0  # counts what was cleared
        self._sent = 0  # frames of this round
        self._played = 0  # of those
        self._progress = asyncio.Event()
        self._gone = False

    def send_audio(self, frame: bytes) -> None:
        if self._waiting.qsize() < MOST_WAITING:
            self._sent += 1
            self._waiting.put_nowait(frame)

    def send_text(self, text: str) -> None:
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(text)

    def flush(self) -> None:
        self._round += 1
        self._sent = self._played = 0
        self._waiting.put_nowait(clear_message(self._round))

    def hang_up(self) -> None:
        self._waiting.put_nowait(HANG_UP_MESSAGE)

    def end(self) -> None:
        """Nothing more will be sent: `run` ends when all that waits is out."""
        self._waiting.put_nowait(None)

    def told(self, told: PlayedSoFar) -> None:
        if told.round == self._round:
            self._played = max(self._played, told.frames)
            self._progress.set()

    def lost(self) -> None:
        self._gone = True
        self._progress.set()

    async def all_played(self) -> None:
        while self._played < self._sent and not self._gone:
            self._progress.clear()
            await self._progress.wait()

    async def run(self) -> None:
        """Send what waits, until the end or until the page is lost."""
        with suppress(WebSocketDisconnect, RuntimeError):  # Starlette's words for a socket that is closing
            while (one := await self._waiting.get()) is not None:
                await (self._socket.send_text(one) if isinstance(one, str) else self._socket.send_bytes(one))
