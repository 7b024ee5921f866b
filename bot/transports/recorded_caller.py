"""A caller from one recording: plays it once from the moment the call is answered, then stays silent on the line."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.audio import SILENT_FRAME, Audio
from bot.ports import AudioFrame, LineEvent


class RecordedCaller:
    """A CallTransport whose clock is the recording: as fast as the bot can listen."""

    def __init__(self, audio: Audio) -> None:
        self._frames = audio.frames()
        self._ended = False

    async def events(self) -> AsyncIterator[LineEvent]:
        for frame in self._frames:
            if self._ended:
                return
            yield AudioFrame(frame)
        while not self._ended:
            yield AudioFrame(SILENT_FRAME)

    async def send(self, frame: bytes) -> None:
        """Nobody listens; the session records both sides."""

    async def played(self) -> bool:
        return not self._ended

    async def clear(self) -> None:
        """Nothing is buffered."""

    async def hang_up(self) -> None:
        self._ended = True
