"""Reads digit strings aloud: one digit recording after another, in groups, with pauses to write down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.audio import Audio, join, silence
from bot.tts.edges import trimmed
from bot.tts.prompts import DIGITS, Piece
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


def read_digits(digits: str, pace: Pace, audio_of: Callable[[Piece], Audio]) -> Audio:
    """The digits, without silence before the first and after the last.

    Raises:
        ValueError: something in `digits` is no digit; the error does not hold it.
    """
    return join(read_groups(digits, pace, audio_of))


def read_groups(digits: str, pace: Pace, audio_of: Callable[[Piece], Audio]) -> list[Audio]:
    """The same group by group, each with the pause after it. Raises ValueError."""
    groups = [_group(words.split(), pace.gap_ms, audio_of) for words in grouped(digits, pace.sizes)]
    return [*(join([group, silence(pace.pause_ms)]) for group in groups[:-1]), *groups[-1:]]


def _group(words: Sequence[str], gap_ms: int, audio_of: Callable[[Piece], Audio]) -> Audio:
    return _spaced([trimmed(audio_of(_PIECE_OF[word])) for word in words], gap_ms)


def _spaced(parts: Sequence[Audio], apart_ms: int) -> Audio:
    between = silence(apart_ms)
    return join([piece for part in parts for piece in (part, between)][:-1])
