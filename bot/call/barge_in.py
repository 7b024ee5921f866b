"""Whether a caller's voice over the bot stops it, and whether it was worth stopping: pure, on audio time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final

from bot.audio import FRAME_MS
from bot.call.playback import Stopped
from bot.settings import BargeInSettings

VOICED_SHARE: Final = 0.8  # of the window: a click in it, or a consonant's gap, does not matter


class LastingVoice:
    """Voice in most of the last `needed_ms`: a click is not."""

    def __init__(self, needed_ms: int) -> None:
        self._window: deque[bool] = deque(maxlen=needed_ms // FRAME_MS)

    def frame(self, voiced: bool) -> bool:
        """Count one frame; True once voice has lasted."""
        self._window.append(voiced)
        size = self._window.maxlen
        return len(self._window) == size and sum(self._window) >= VOICED_SHARE * len(self._window)

    def forget(self) -> None:
        self._window.clear()


class Verdict(Enum):
    """What the voice was that stopped the bot."""

    SPEECH = "speech"  # an answer: the bot has lost its turn
    NOISE = "noise"  # a cough, a door, “ừ”: the bot goes on
    OPEN = "open"


class Proof:
    """One stop by voice, until it is known what the voice was."""

    def __init__(
        self,
        settings: BargeInSettings,
        stopped: Stopped,
        is_backchannel: Callable[[str], bool],
        digits_wanted: int | None,
    ) -> None:
        self._settings = settings
        self._is_backchannel = is_backchannel
        self._nearly_said = stopped.left_ms < settings.nearly_said_ms
        self._digits = min(settings.proof_digits, digits_wanted or settings.proof_digits)
        self._elapsed_ms = 0

    def frame(self, words: str, digits: int, silence_ms: int) -> Verdict:
        """Count one frame, with what has been understood so far and for how long the caller has been silent."""
        self._elapsed_ms += FRAME_MS
        if self.given_by(words, digits):
            return Verdict.SPEECH
        over = silence_ms >= self._settings.proof_silence_ms or self._elapsed_ms >= self._settings.proof_most_ms
        return Verdict.NOISE if over else Verdict.OPEN

    def given_by(self, words: str, digits: int) -> bool:
        """Whether these words are an answer."""
        if self._nearly_said:
            return bool(words)
        if not words or (digits and digits < self._digits):
            return False
        return not self._is_backchannel(words)


class Patience:
    """The bot was stopped in what may not be dropped: it waits for the caller's silence, but not for ever."""

    def __init__(self, settings: BargeInSettings) -> None:
        self._settings = settings
        self._elapsed_ms = self._silence_ms = 0

    def frame(self, voiced: bool) -> bool:
        """Count one frame; True when the bot goes on."""
        self._elapsed_ms += FRAME_MS
        self._silence_ms = 0 if voiced else self._silence_ms + FRAME_MS
        return (
            self._silence_ms >= self._settings.patience_silence_ms
            or self._elapsed_ms >= self._settings.patience_most_ms
        )
