"""A call over a network: the peer's frames come in as they arrive, the bot's go out every 20 ms against a deadline."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from bot.audio import FRAME_MS, SILENT_FRAME
from bot.ports import AudioFrame, LineEvent
from bot.replies import HungUp

FRAME_S: Final = FRAME_MS / 1000
LATE_S: Final = FRAME_S / 4  # a frame noticed so long after it was due is late: so may be what comes from the call
MOST_INCOMING: Final = 500  # 10 s of events that the bot had no time for; older frames are dropped and counted
MOST_OUTGOING: Final = 25  # half a second; `send` waits beyond it
MOST_OWED: Final = 5  # frames that a late line makes up for at once
STARVED_S: Final = 0.1  # without a frame for this long, silence takes its place until one comes
LAST_WORDS_S: Final = 1.0  # for what is still to be played when the bot hangs up


class Wire(Protocol):
    """The sending side of a connection. Nothing here waits; what cannot be sent any more is dropped."""

    @property
    def lead_frames(self) -> int:
        """How far ahead of real time the peer may be sent speech."""
        ...

    @property
    def wants_silence(self) -> bool:
        """Whether the peer needs a frame every 20 ms even when the bot says nothing."""
        ...

    def send_audio(self, frame: bytes) -> None: ...

    def flush(self) -> None:
        """The peer is to forget what it was sent and has not played."""
        ...

    def hang_up(self) -> None:
        """Tell the peer that the call is over, and close."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLimits:
    """When a line is given up, in seconds of the clock on the wall: `lost_peer_s` without a frame, `call_s` in all."""

    lost_peer_s: float
    call_s: float


class PacedLine:
    """A CallTransport. `run` sends, as long as the call lasts; the connection's reader calls `put` and `lost`."""

    def __init__(self, wire: Wire, limits: LineLimits) -> None:
        self.dropped_frames = 0
        self.late_frames = 0  # times at which a frame was due and the line noticed late
        self._wire = wire
        self._limits = limits
        self._incoming: deque[LineEvent] = deque()
        self._arrived = asyncio.Event()
        self._outgoing: deque[bytes] = deque()
        self._sent = asyncio.Event()
        self._ahead = 0  # frames sent that the peer has not had the time to play; below 0, frames owed
        self._speaking = False  # the bot, as far as what was sent tells
        self._over = False  # the bot hung up, or the caller's leaving was told
        self._gone = False  # the peer
        self._heard_at = time.monotonic()

    def put(self, event: LineEvent) -> None:
        """Something came from the peer."""
        if self._gone:
            return
        self._heard_at = time.monotonic()
        self._add(event)

    def lost(self) -> None:
        """The peer left: all that is still waiting is of no matter. Harmless twice."""
        if self._gone:
            return
        self._gone = True
        self._incoming.clear()
        self._outgoing.clear()
        self._add(HungUp())
        self._sent.set()

    async def events(self) -> AsyncIterator[LineEvent]:
        while not self._over:
            while not self._incoming:
                self._arrived.clear()
                await self._arrived.wait()
            event = self._incoming.popleft()
            self._over = self._over or isinstance(event, HungUp)
            yield event

    async def send(self, frame: bytes) -> None:
        while len(self._outgoing) >= MOST_OUTGOING and not self._gone:
            await self._room()
        if not self._gone:
            self._outgoing.append(frame)

    async def clear(self) -> None:
        self._outgoing.clear()
        self._ahead = 0
        self._wire.flush()

    async def played(self) -> bool:
        while (self._outgoing or self._ahead > 0) and not self._gone:
            await self._room()
        return not self._gone

    async def hang_up(self) -> None:
        """Ends the call once the bot's last words are out, within a second."""
        if not self._gone and not self._over:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.played(), LAST_WORDS_S)
            await asyncio.sleep(self._wire.lead_frames * FRAME_S)  # the peer may be that far behind
        self._over = self._gone = True
        self._add(HungUp())  # wakes who waits for an event
        self._sent.set()
        self._wire.hang_up()

    async def run(self) -> None:
        """Send until the call is over. Frames are due at `start + n * 20 ms`; after a stall the count starts anew."""
        began = due = calm_at = self._heard_at = time.monotonic()
        while not self._gone:
            now = time.monotonic()
            if now - due > LATE_S:
                self.late_frames += 1
                calm_at = now + FRAME_S  # what came meanwhile has still to go through the call
            self._tick(began, late=now < calm_at)
            due += FRAME_S
            wait = due - time.monotonic()
            if wait < -MOST_OUTGOING * FRAME_S:
                due = time.monotonic()
            await asyncio.sleep(max(0.0, wait))

    def _tick(self, began: float, *, late: bool) -> None:
        """One frame's time is over. When that is noticed `late`, the bot's next words may be so too: in speech they are
        waited for and what is owed is sent then, for silence in a word is a hole in it.
        """
        self._ahead = max(self._ahead - 1, -MOST_OWED if self._speaking else 0)
        if self._outgoing:
            self._speaking = True
        elif not (self._speaking and late and self._ahead > -MOST_OWED):
            self._speaking, self._ahead = False, max(self._ahead, 0)
            if self._wire.wants_silence:
                self._wire.send_audio(SILENT_FRAME)
        while self._outgoing and self._ahead <= self._wire.lead_frames:
            self._wire.send_audio(self._outgoing.popleft())
            self._ahead += 1
        self._sent.set()
        now = time.monotonic()
        if now - self._heard_at > self._limits.lost_peer_s or now - began > self._limits.call_s:
            self.lost()
        elif now - self._heard_at > STARVED_S and not late:  # else what came meanwhile has not been read yet
            self._add(AudioFrame(SILENT_FRAME))

    def _add(self, event: LineEvent) -> None:
        if len(self._incoming) >= MOST_INCOMING:
            self._incoming.popleft()
            self.dropped_frames += 1
        self._incoming.append(event)
        self._arrived.set()

    async def _room(self) -> None:
        self._sent.clear()
        await self._sent.wait()
