"""Reads digit strings aloud: one digit recording after another, in groups, with pauses to write down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.audio import RATE_HZ, Audio, join, silence
from bot.tts.edges import trimmed
from bot.tts.prompts import DIGITS, Piece, Position, digit_take
from bot.vietnamese.speech import grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Silence between the digits of a group, and between groups. `sizes` of groups; None leaves them to the length."""

    gap_ms: int
    pause_ms: int
    sizes: tuple[int, ...] | None = None


CODE_PACE: Final = Pace(gap_ms=60, pause_ms=350)
SECRET_PACE: Final = Pace(gap_ms=120, pause_ms=600)

_PIECE_OF: Final = {piece.text: piece for piece in DIGITS}


def read_digits(digits: str, pace: Pace, audio_of: Callable[[Piece], Audio], rate_hz: int = RATE_HZ) -> Audio:
    """The digits, without silence before the first and after the last. `audio_of` is asked for each digit's take.

    Raises:
        ValueError: something in `digits` is no digit; the error does not hold it.
    """
    return join(read_groups(digits, pace, audio_of, rate_hz), rate_hz)


def read_groups(digits: str, pace: Pace, audio_of: Callable[[Piece], Audio], rate_hz: int = RATE_HZ) -> list[Audio]:
    """The same group by group, each with the pause after it. Raises ValueError."""
    *before, last = [words.split() for words in grouped(digits, pace.sizes)] or [[]]
    parts = [_spaced(_takes(words, Position.GROUP, audio_of), pace.gap_ms) for words in before]
    ended = [join([*part, silence(pace.pause_ms)], rate_hz) for part in parts]
    return [*ended, join(_spaced(_takes(last, Position.LAST, audio_of), pace.gap_ms), rate_hz)] if last else []


def _takes(words: Sequence[str], end: Position, audio_of: Callable[[Piece], Audio]) -> list[Audio]:
    positions = [*(Position.MEDIAL for _ in words[:-1]), end]
    pairs = zip(words, positions, strict=True)
    return [trimmed(audio_of(digit_take(_PIECE_OF[word], position))) for word, position in pairs]


def _spaced(parts: Sequence[Audio], apart_ms: int) -> list[Audio]:
    between = silence(apart_ms)
    return [piece for part in parts for piece in (part, between)][:-1]
