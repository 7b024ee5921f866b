"""Whether a caller's voice over the bot stops it, and whether it was worth stopping: pure, on audio time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
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


class Proof:
    """One stop by voice, which has to prove that it was an answer: a cough, a door and “ừ” are none.

    The bot is silent meanwhile, so there is no haste: what counts is what the whole turn was recognised as.
    """

    def __init__(
        self,
        settings: BargeInSettings,
        stopped: Stopped,
        takes_the_turn: Callable[[str], bool],
        digits_wanted: int | None,
    ) -> None:
        self._settings = settings
        self._takes_the_turn = takes_the_turn
        self._nearly_said = stopped.left_ms < settings.nearly_said_ms
        self._digits = min(settings.proof_digits, digits_wanted or settings.proof_digits)
        self._elapsed_ms = 0

    def overdue(self, words: str, digits: int, silence_ms: int) -> bool:
        """Count one frame; whether there should have been an answer by now.

        `words` and `digits` are what has been understood so far; the caller has been silent for `silence_ms`.
        """
        self._elapsed_ms += FRAME_MS
        if self.given_by(words, digits):
            return False
        return silence_ms >= self._settings.proof_silence_ms or self._elapsed_ms >= self._settings.proof_most_ms

    def given_by(self, words: str, digits: int) -> bool:
        """Whether these words are an answer."""
        if self._nearly_said:
            return bool(words)
        return digits >= self._digits if digits else self._takes_the_turn(words)


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
