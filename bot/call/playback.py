"""The bot's mouth: plays rendered segments frame by frame, can stop, go back a little, and go on."""

from __future__ import annotations

import audioop  # levels of frames; part of Python up to 3.12
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.audio import FRAME_MS, SILENT_FRAME
from bot.ports import Segment

QUIET_RMS: Final = 150  # below it a frame is a pause
PAUSE_FRAMES: Final = 4  # a pause that a sentence can go on after


@dataclass(frozen=True, slots=True)
class Played:
    """One frame that goes out, the segment it belongs to (None: nothing to say), whether it begins a prompt, and
    whether it completes the segment.
    """

    frame: bytes
    segment: Segment | None = None
    begins: bool = False
    completes: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where the bot was stopped: the prompt, how much of it had been played, and how much was left to say."""

    prompt_id: str
    played_ms: int
    left_ms: int


class Playback:
    """A queue of segments that gives one frame at a time. Segments of one prompt follow each other."""

    def __init__(self) -> None:
        self._waiting: deque[Segment] = deque()
        self._current: Segment | None = None
        self._frames: list[bytes] = []  # of the current segment
        self._at = 0  # which of them is next
        self._held = False
        self._prompt_id: str | None = None  # what the last frame belonged to
        self._played_ms = 0  # of that prompt

    @property
    def idle(self) -> bool:
        """All has been said, or dropped."""
        return not self._left

    @property
    def held(self) -> bool:
        """The bot was stopped, and may go on."""
        return self._held

    @property
    def interruptible(self) -> bool:
        """Whether all that is being said and still to be said may be dropped. False when there is nothing."""
        return not self.idle and all(segment.interruptible for segment in self._left)

    @property
    def in_secret(self) -> bool:
        """The bot was stopped in a secret: the caller may be repeating it aloud."""
        return self._held and self._left[0].secret

    def put(self, segments: Sequence[Segment]) -> None:
        self._waiting.extend(segment for segment in segments if segment.audio.pcm)

    def next_frame(self) -> Played:
        """The next 20 ms; silence when there is nothing to say."""
        if self._held:
            return Played(SILENT_FRAME)
        begins = self._current is None and self._begin_segment()
        segment = self._current
        if segment is None:
            return Played(SILENT_FRAME)
        frame = self._frames[self._at]
        self._at += 1
        self._played_ms += FRAME_MS
        completes = self._at == len(self._frames)
        if completes:
            self._current = None
        if self.idle:
            self._prompt_id = None
        return Played(frame, segment, begins, completes)

    def hold(self) -> Stopped | None:
        """Stop, and keep what is left for `resume`; tells where it stopped, None if there is nothing to say."""
        if self.idle:
            return None
        self._held = True
        left_ms = (len(self._frames) - self._at if self._current else 0) * FRAME_MS
        left_ms += sum(segment.audio.duration_ms for segment in self._waiting)
        begun = self._prompt_id is not None
        return Stopped(self._prompt_id or self._left[0].prompt_id, self._played_ms if begun else 0, left_ms)

    def resume(self) -> None:
        """Go on from the last pause before it stopped; what may not be dropped goes on from its segment's start."""
        self._held = False
        if self._current is not None:
            back = self._at - (self._last_pause() if self._current.interruptible else 0)
            self._at -= back
            self._played_ms -= back * FRAME_MS

    def interrupt(self) -> Stopped | None:
        """Drop everything not yet played; tells where it stopped, None if there was nothing to say."""
        stopped = self.hold()
        self._held = False
        self._waiting.clear()
        self._current = self._prompt_id = None
        return stopped

    @property
    def _left(self) -> list[Segment]:
        return [*([self._current] if self._current else []), *self._waiting]

    def _last_pause(self) -> int:
        """The frame at which the last pause ended that lies wholly before the present one; 0 where there is none."""
        quiet = 0
        for at in range(self._at - 1, 0, -1):
            quiet = quiet + 1 if audioop.rms(self._frames[at], 2) < QUIET_RMS else 0
            if quiet == PAUSE_FRAMES:
                return at + PAUSE_FRAMES
        return 0

    def _begin_segment(self) -> bool:
        """Go on to the next segment, if there is one; True when it begins a prompt."""
        if not self._waiting:
            return False
        self._current = self._waiting.popleft()
        self._frames, self._at = self._current.audio.frames(), 0
        if self._current.prompt_id == self._prompt_id:
            return False
        self._prompt_id, self._played_ms = self._current.prompt_id, 0
        return True
