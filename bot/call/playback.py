"""The bot's mouth: plays rendered segments frame by frame and knows what was really played."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bot.audio import FRAME_MS, SILENT_FRAME
from bot.ports import Segment


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
class Interrupted:
    """Where the bot was stopped: the prompt, and how much of it had been played."""

    prompt_id: str
    played_ms: int


class Playback:
    """A queue of segments that gives one frame at a time. Segments of one prompt follow each other."""

    def __init__(self) -> None:
        self._waiting: deque[Segment] = deque()
        self._frames: deque[bytes] = deque()
        self._current: Segment | None = None  # what `_frames` are left of
        self._prompt_id: str | None = None  # what the last frame belonged to
        self._played_ms = 0  # of that prompt

    @property
    def idle(self) -> bool:
        return self._current is None and not self._waiting

    @property
    def interruptible(self) -> bool:
        """Whether all that is being said and still to be said may be dropped. False when there is nothing."""
        left = [self._current, *self._waiting] if self._current else self._waiting
        return bool(left) and all(segment.interruptible for segment in left)

    def put(self, segments: Sequence[Segment]) -> None:
        self._waiting.extend(segment for segment in segments if segment.audio.pcm)

    def next_frame(self) -> Played:
        """The next 20 ms; silence when there is nothing to say."""
        begins = self._current is None and self._begin_segment()
        segment = self._current
        if segment is None:
            return Played(SILENT_FRAME)
        frame = self._frames.popleft()
        self._played_ms += FRAME_MS
        completes = not self._frames
        if completes:
            self._current = None
        if self.idle:
            self._prompt_id = None
        return Played(frame, segment, begins, completes)

    def interrupt(self) -> Interrupted | None:
        """Drop everything not yet played; tells where it stopped, None if nothing was being said."""
        stopped = Interrupted(self._prompt_id, self._played_ms) if self._prompt_id else None
        self._waiting.clear()
        self._frames.clear()
        self._current = self._prompt_id = None
        return stopped

    def _begin_segment(self) -> bool:
        """Go on to the next segment, if there is one; True when it begins a prompt."""
        if not self._waiting:
            return False
        self._current = self._waiting.popleft()
        self._frames.extend(self._current.audio.frames())
        if self._current.prompt_id == self._prompt_id:
            return False
        self._prompt_id, self._played_ms = self._current.prompt_id, 0
        return True
