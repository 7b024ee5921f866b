"""When a caller's turn ends: a pure state machine that counts 20 ms frames of audio, never a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class TurnEnd(Enum):
    """Why a turn ended."""

    SPOKEN = "spoken"  # the caller spoke and fell silent, or the code is complete
    KEYED = "keyed"
    TYPED = "typed"  # by a tester, as text
    NO_INPUT = "no_input"


WHOLE_GROUP_DIGITS = 4  # fewer are said in one breath with what follows
MOST_KEYS = 40  # more than any number has: somebody leans on a key


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLimits:
    """What ends a turn, in ms of audio. `digits_wanted` digits complete it, where set."""

    no_input_ms: int
    end_silence_ms: int
    complete_silence_ms: int
    rest_silence_ms: int
    max_speech_ms: int
    key_gap_ms: int
    key_complete_ms: int
    min_speech_ms: int
    digits_wanted: int | None = None
    single_key: bool = False  # one key is a whole answer
    quick_words: bool = False  # words without digits are a whole answer


@dataclass(slots=True)
class Turn:
    """One caller's turn. Feed it frames, partial words and keys; each call says whether the turn has ended.

    Time before the first `frame` does not count: the turn starts when the bot has finished, or was interrupted.
    """

    limits: TurnLimits
    frame_ms: int = 20
    keys: str = ""
    _elapsed_ms: int = 0
    _voiced_ms: int = 0
    _silence_ms: int = 0
    _since_key_ms: int = 0
    _started_at_ms: int | None = None
    _digits: int = 0
    _words: bool = field(default=False)

    @property
    def speaking(self) -> bool:
        """The caller has begun to speak (enough voice, or words heard) in this turn."""
        return self._started_at_ms is not None

    @property
    def digits(self) -> int:
        """How many digits the caller has said so far, as far as they were understood."""
        return self._digits

    @property
    def voiced_ms(self) -> int:
        """How much voice this turn has had."""
        return self._voiced_ms

    @property
    def silence_ms(self) -> int:
        """How long the caller has been silent since the last voiced frame."""
        return self._silence_ms

    def frame(self, voiced: bool) -> TurnEnd | None:
        """Count one frame of the caller's audio, with voice in it or not."""
        self._elapsed_ms += self.frame_ms
        if self.keys:
            return self._key_time()
        if voiced:
            self._voiced_ms += self.frame_ms
            self._silence_ms = 0
        else:
            self._silence_ms += self.frame_ms
        if not self.speaking:
            return self._before_speech()
        return self._after_speech()

    def heard(self, words: str, digits: int) -> None:
        """What a recogniser has understood so far: its words, and how many digits they hold."""
        self._words, self._digits = bool(words), digits

    def key(self, key: str) -> TurnEnd | None:
        """One key was pressed. `#` ends a number, keyed or spoken; alone it is no input at all."""
        self._since_key_ms = 0
        if key == "#":
            return self._by_hash()
        self.keys += key
        return TurnEnd.KEYED if len(self.keys) >= MOST_KEYS else None

    def ignore_noise(self) -> None:
        """What sounded like speech was none: wait on, as if nothing had been said."""
        self._started_at_ms, self._voiced_ms, self._words, self._digits = None, 0, False, 0

    def _by_hash(self) -> TurnEnd | None:
        if self.keys:
            return TurnEnd.KEYED
        return TurnEnd.SPOKEN if self.speaking else None

    def _before_speech(self) -> TurnEnd | None:
        if self._voiced_ms >= self.limits.min_speech_ms or (self._words and self._voiced_ms):
            self._started_at_ms = self._elapsed_ms
            return None
        if self._silence_ms >= self.limits.end_silence_ms:
            self._voiced_ms = 0  # a click or a cough long ago is not the beginning of speech
        beginning = self._silence_ms == 0  # voice right now: nobody is cut at the first syllable
        return TurnEnd.NO_INPUT if self._elapsed_ms >= self.limits.no_input_ms and not beginning else None

    def _after_speech(self) -> TurnEnd | None:
        assert self._started_at_ms is not None  # noqa: S101 - `speaking` was asked
        if self._elapsed_ms - self._started_at_ms >= self.limits.max_speech_ms:
            return TurnEnd.SPOKEN
        return TurnEnd.SPOKEN if self._silence_ms >= self._enough_silence_ms() else None

    def _enough_silence_ms(self) -> int:
        """More digits than are wanted: the caller says the whole code again, or corrects it, and may not have finished.
        As many as are wanted, but few: it may be the rest, or the beginning of the whole code again.
        """
        wanted = self.limits.digits_wanted
        if self.limits.quick_words and self._words and not self._digits:
            return self.limits.complete_silence_ms
        if wanted is None or self._digits != wanted:
            return self.limits.end_silence_ms
        return self.limits.rest_silence_ms if wanted < WHOLE_GROUP_DIGITS else self.limits.complete_silence_ms

    def _key_time(self) -> TurnEnd | None:
        """A complete answer waits a moment: the rest of a longer number must not answer the next question."""
        self._since_key_ms += self.frame_ms
        enough_ms = self.limits.key_complete_ms if self._keys_complete() else self.limits.key_gap_ms
        return TurnEnd.KEYED if self._since_key_ms >= enough_ms else None

    def _keys_complete(self) -> bool:
        wanted = self.limits.digits_wanted
        return self.limits.single_key or (wanted is not None and len(self.keys.rpartition("*")[2]) >= wanted)
