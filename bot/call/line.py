"""The call's clock and the bot's mouth on it: for every 20 ms frame that comes in, one of speech goes out."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from bot.audio import FRAME_MS, SILENT_FRAME
from bot.call.playback import Playback, Played, Stopped
from bot.call.recording import Recording
from bot.events import EventLog, Kind
from bot.ports import AudioFrame, CallTransport, KeyPress, LineEvent, Segment, TypedText
from bot.replies import HungUp, SecretRef

ECHO_FRAMES: Final = 50  # what the bot says may come back for a second


class CallerLeft(Exception):
    """The caller hung up."""


class CallTooLong(Exception):
    """The call is as long as a call may be."""


class Line:
    """One line in use. `now_ms` counts the audio that came in since the call was answered; `recording` stays empty
    unless the call is `recorded`.
    """

    def __init__(
        self,
        transport: CallTransport,
        events: EventLog,
        *,
        limit_ms: int,
        recorded: bool,
        on_secret_heard: Callable[[SecretRef], Awaitable[None]],
    ) -> None:
        self.now_ms = 0
        self.limit_ms: int | None = limit_ms
        self.recording = Recording()
        self.playback = Playback()
        self.playing = SILENT_FRAME  # what the bot said while the last frame came in
        self.filled: deque[tuple[bytes, bytes]] = deque(maxlen=ECHO_FRAMES)  # the last that `fill` took: both sides
        self._recorded = recorded
        self._transport = transport
        self._incoming: AsyncIterator[LineEvent] = transport.events()
        self._put_back: deque[AudioFrame | KeyPress | TypedText] = deque()
        self._in_secret = False
        self._events = events
        self._on_secret_heard = on_secret_heard

    def say(self, segments: Sequence[Segment]) -> None:
        self.playback.put(segments)

    def put_back(self, *events: AudioFrame | KeyPress) -> None:
        """These belong to the next turn: `next` gives them again, at no time."""
        self._put_back.extend(events)

    async def next(self) -> AudioFrame | KeyPress | TypedText:
        """The caller's next frame, key or text, after one frame of the bot went out for each frame.

        Raises:
            CallerLeft: the caller hung up. CallTooLong: the limit is reached.
        """
        if self._put_back:
            return self._put_back.popleft()
        event = await anext(self._incoming, HungUp())
        if isinstance(event, HungUp):
            raise CallerLeft
        if isinstance(event, AudioFrame):
            if self.limit_ms is not None and self.now_ms >= self.limit_ms:
                raise CallTooLong
            self.now_ms += FRAME_MS
            await self._play(event)
        return event

    async def fill(self, segments: Sequence[Segment]) -> None:
        """Say this at once, in the middle of whatever is being said: words while the bot waits for something.

        The caller is not listened to meanwhile; keys are kept for the next turn. `next` tells that the caller left.
        """
        for segment in segments:
            self._events.emit(Kind.PROMPT, self.now_ms, prompt_id=segment.prompt_id)
            for frame in segment.audio.frames():
                while not isinstance(event := await anext(self._incoming, HungUp()), AudioFrame):
                    if isinstance(event, HungUp):
                        return
                    self._put_back.append(event)
                self.now_ms += FRAME_MS
                if self._recorded:
                    self.recording.add(event.pcm, frame, secret=not self.playback.idle)  # what is waiting may be one
                self.filled.append((event.pcm, frame))
                await self._transport.send(frame)

    async def drain(self) -> None:
        """Play all that is waiting."""
        while not self.playback.idle:
            await self.next()

    async def interrupt(self) -> Stopped | None:
        """Stop the bot at once, for good."""
        stopped = self.playback.interrupt()
        await self._transport.clear()
        return stopped

    async def hold(self) -> Stopped | None:
        """Stop the bot at once; `playback.resume` lets it go on."""
        stopped = self.playback.hold()
        await self._transport.clear()
        return stopped

    async def hang_up(self) -> None:
        await self._transport.hang_up()

    async def _play(self, incoming: AudioFrame) -> None:
        played = self.playback.next_frame()
        segment, self.playing = played.segment, played.frame
        secret = self.playback.in_secret or (segment is not None and segment.secret)
        if secret != self._in_secret:
            self._in_secret = secret
            self._events.emit(Kind.SECRET, self.now_ms, spoken=secret)
        if self._recorded:
            self.recording.add(incoming.pcm, played.frame, secret=secret)
        if segment is not None:
            await self._transport.send(played.frame)
            await self._report(played, segment)

    async def _report(self, played: Played, segment: Segment) -> None:
        if played.begins:
            self._events.emit(Kind.PROMPT, self.now_ms, prompt_id=segment.prompt_id)
        if played.completes and segment.heard is not None and await self._transport.played():
            await self._on_secret_heard(segment.heard)
        if self.playback.idle:
            self._events.emit(Kind.SILENT, self.now_ms)
