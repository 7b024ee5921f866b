"""The AudioSocket listener: Asterisk connects, says which call it is, then audio and keys flow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from bot.audio import Audio
from bot.ports import AudioFrame, CallTransport, KeyPress
from bot.transports.audiosocket_wire import HANG_UP_MESSAGE, Decoder, Identify, Message, audio_message
from bot.transports.paced_line import LineLimits, PacedLine
from bot.transports.reframing import Reframer
from bot.transports.wire_error import WireError

log = logging.getLogger(__name__)

IDENTIFY_WITHIN_S: Final = 5.0
READ_BYTES: Final = 8192
MOST_UNREAD_BYTES: Final = 64_000  # two seconds of speech that the peer does not read

Answer = Callable[[str, CallTransport], Awaitable[None]]


class AudioSocketServer:
    """Listens, and gives each call (its UUID as text, and its line) to `answer`, which holds it to its end."""

    def __init__(self, answer: Answer, limits: LineLimits) -> None:
        self._answer = answer
        self._limits = limits
        self._server: asyncio.AbstractServer | None = None

    async def start(self, host: str, port: int) -> int:
        """The port it listens on, which `port` 0 leaves to the system. Raises OSError."""
        self._server = await asyncio.start_server(self._connected, host, port)
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def stop(self) -> None:
        """No further calls; those that are on go on."""
        if self._server:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = Decoder()
        try:
            call, rest = await asyncio.wait_for(_identity(reader, decoder), IDENTIFY_WITHIN_S)
        except (WireError, OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("no AudioSocket call", extra={"reason": str(error) or type(error).__name__})
            writer.close()
            return
        line = PacedLine(_Wire(writer), self._limits)
        tasks = [
            asyncio.create_task(line.run(), name=f"send {call}"),
            asyncio.create_task(_read(reader, decoder, line, rest), name=f"read {call}"),
        ]
        try:
            await self._answer(str(call), line)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            writer.close()


async def _identity(reader: asyncio.StreamReader, decoder: Decoder) -> tuple[UUID, list[Message]]:
    """The call's UUID, and what came with it."""
    messages: list[Message] = []
    while not messages:
        data = await reader.read(READ_BYTES)
        if not data:
            raise WireError("closed before it said which call it is")
        messages = decoder.feed(data)
    first, *rest = messages
    if not isinstance(first, Identify):
        raise WireError("the first message names no call")
    return first.call, rest


async def _read(reader: asyncio.StreamReader, decoder: Decoder, line: PacedLine, messages: list[Message]) -> None:
    """Everything that comes, to `line`, until the connection ends in whatever way."""
    reframer = Reframer()
    try:
        while True:
            for message in messages:
                if isinstance(message, Audio):
                    for frame in reframer.frames(message):
                        line.put(AudioFrame(frame))
                elif isinstance(message, KeyPress):
                    line.put(message)
                elif not isinstance(message, Identify):
                    return
            data = await reader.read(READ_BYTES)
            if not data:
                return
            messages = decoder.feed(data)
    except WireError as error:
        log.warning("AudioSocket call lost", extra={"reason": str(error)})
    except OSError as error:
        log.info("AudioSocket call lost", extra={"reason": type(error).__name__})
    finally:
        line.lost()


class _Wire:
    """The sending side: every 20 ms one frame, silence too, as Asterisk passes them on at once."""

    lead_frames = 0
    wants_silence = True

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def send_audio(self, frame: bytes) -> None:
        if self._writer.transport.get_write_buffer_size() < MOST_UNREAD_BYTES:
            self._writer.write(audio_message(frame))

    def flush(self) -> None:
        """What was sent has been played."""

    def hang_up(self) -> None:
        with suppress(OSError, RuntimeError):  # RuntimeError: uvloop's word for a connection that is closed
            self._writer.write(HANG_UP_MESSAGE)
        self._writer.close()
