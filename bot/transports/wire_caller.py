"""A caller at the other end of AudioSocket, in real time, with a watch: for measuring, not for calling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final
from uuid import UUID

import numpy as np

from bot.audio import FRAME_MS, Audio
from bot.ports import KeyPress
from bot.transports.audiosocket_wire import Decoder, Identify, audio_message

LOUD_RMS: Final = 100.0  # a frame of the bot's speech; its pauses are digital silence
FRAME_S: Final = FRAME_MS / 1000


@dataclass(slots=True)
class Hearing:
    """What came over the wire: when each frame arrived (seconds of the monotonic clock), and whether it was speech."""

    at: list[float] = field(default_factory=list)
    loud: list[bool] = field(default_factory=list)

    def first_loud(self, since: float) -> float | None:
        return next((at for at, loud in zip(self.at, self.loud, strict=True) if loud and at >= since), None)

    def last_loud(self, since: float, quiet_s: float) -> float | None:
        """The last speech before the first pause of `quiet_s` after `since`; None as long as there was none."""
        last = since
        for at, loud in zip(self.at, self.loud, strict=True):
            if at < since:
                continue
            if at - last >= quiet_s:
                return last
            last = at if loud else last
        return None

    def late_ms(self) -> list[float]:
        """How much later than 20 ms after the frame before it each frame came."""
        return [max(0.0, (b - a - FRAME_S) * 1000) for a, b in zip(self.at, self.at[1:], strict=False)]


class WireCaller:
    """One call. `run` holds it until one side hangs up; `begin_to_say`, `press`, `hang_up`: what the caller does."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, call: UUID, idle: list[bytes]
    ) -> None:
        self.hearing = Hearing()
        self.ended = asyncio.Event()
        self._reader, self._writer = reader, writer
        self._idle: Iterator[bytes] = cycle(idle)
        self._saying: list[bytes] = []
        self._said_from = 0.0
        self._writer.write(bytes([1, 0, 16]) + call.bytes)

    @classmethod
    async def ring(cls, host: str, port: int, call: UUID, idle: list[bytes]) -> WireCaller:
        return cls(*await asyncio.open_connection(host, port), call, idle)

    async def run(self) -> None:
        await asyncio.gather(self._speak(), self._listen())

    def begin_to_say(self, audio: Audio) -> None:
        """From the next frame on; `said_from` tells when that was."""
        self._saying, self._said_from = audio.frames(), 0.0

    @property
    def said_from(self) -> float:
        """When the first sample of what is being said went out; 0 before."""
        return self._said_from

    def press(self, key: str) -> None:
        self._writer.write(b"\x03\x00\x01" + key.encode())

    def hang_up(self) -> None:
        self.ended.set()
        self._writer.close()

    async def _speak(self) -> None:
        due = time.monotonic()
        while not self.ended.is_set():
            if self._saying and not self._said_from:
                self._said_from = time.monotonic()
            frame = self._saying.pop(0) if self._saying else next(self._idle)
            self._writer.write(audio_message(frame))
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _listen(self) -> None:
        decoder = Decoder()
        try:
            while data := await self._reader.read(8192):
                now = time.monotonic()
                for message in decoder.feed(data):
                    if isinstance(message, Audio):
                        self.hearing.at.append(now)
                        self.hearing.loud.append(float(np.sqrt(np.mean(message.samples.astype(float) ** 2))) > LOUD_RMS)
                    elif not isinstance(message, (KeyPress, Identify)):
                        return
        except OSError:
            return
        finally:
            self.hang_up()
