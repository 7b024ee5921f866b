"""A caller's line with sounds on it: each begins a while after a prompt does, whatever the caller is doing."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from bot.audio import FRAME_MS, Audio, from_samples
from bot.events import Event, Kind
from bot.ports import AudioFrame, LineEvent
from bot.replies import Outcome
from bot.transports.scripted_caller import ScriptedCaller, Step


@dataclass(frozen=True, slots=True)
class Sound:
    """`audio` is laid on the line `after_ms` after a prompt began whose id begins with `during`; once."""

    during: str
    after_ms: int
    audio: Audio


class Overlaid(ScriptedCaller):
    """A scripted caller, and an event sink, on a noisy line."""

    def __init__(
        self, steps: list[Step], idle_frames: list[bytes], sounds: list[Sound], *, outcome: Outcome | None = None
    ) -> None:
        super().__init__(steps, idle_frames, outcome=outcome)
        self._sounds = list(sounds)
        self._coming: deque[bytes] = deque()  # a frame of it for each frame of the line
        self._quiet_frames = 0

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        if event.kind is not Kind.PROMPT:
            return
        prompt = str(event.fields["prompt_id"])
        for sound in self._sounds:
            if prompt.startswith(sound.during):
                self._sounds.remove(sound)
                self._quiet_frames, self._coming = sound.after_ms // FRAME_MS, deque(sound.audio.frames())
                return

    async def events(self) -> AsyncIterator[LineEvent]:
        async for event in super().events():
            yield self._noisy(event) if isinstance(event, AudioFrame) else event

    def _noisy(self, frame: AudioFrame) -> AudioFrame:
        if self._quiet_frames:
            self._quiet_frames -= 1
            return frame
        if not self._coming:
            return frame
        sound = Audio(self._coming.popleft()).samples.astype(np.int32)
        return AudioFrame(from_samples(Audio(frame.pcm).samples + sound).pcm)
