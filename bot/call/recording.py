"""A stereo recording of a call: the caller left, the bot right, secrets left out."""

from __future__ import annotations

from pathlib import Path

from bot.audio import SILENT_FRAME, Audio, write_wav


class Recording:
    """Collects both sides frame by frame. While the bot speaks a secret both are silent, by construction: the caller's
    side may hold its echo, or the caller repeating it.
    """

    def __init__(self) -> None:
        self._caller = bytearray()
        self._bot = bytearray()

    def add(self, caller: bytes, bot: bytes, *, secret: bool) -> None:
        """One frame of each side (320 bytes each)."""
        self._caller += SILENT_FRAME if secret else caller
        self._bot += SILENT_FRAME if secret else bot

    @property
    def caller(self) -> Audio:
        return Audio(bytes(self._caller))

    @property
    def bot(self) -> Audio:
        return Audio(bytes(self._bot))

    def save(self, path: Path) -> None:
        """Raises AudioError when the file cannot be written."""
        write_wav(path, self.caller, self.bot)
