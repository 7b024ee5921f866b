"""Hides numbers in text that is written down, however they were said."""

from __future__ import annotations

import re

from bot.vietnamese.lexicon import DIGIT_OF, HUNDRED, LOOKALIKES, SCALES, SKIPPED_TENS, SOUTHERN_NO, THOUSAND
from bot.vietnamese.text import normalise

HIDDEN = "•"
_NUMBER_WORDS = (
    frozenset(DIGIT_OF) | frozenset(LOOKALIKES) | SCALES | SKIPPED_TENS | SOUTHERN_NO | THOUSAND | {HUNDRED, "rô"}
)
_WORD = re.compile(r"\w+")


def mask_numbers(text: str) -> str:
    """`text` with every figure and every word that can be part of a number as a dot; nothing else changes."""
    return _WORD.sub(lambda found: _masked(found.group()), text)


def _masked(word: str) -> str:
    if any(character.isdigit() for character in word):
        return re.sub(r"\d", HIDDEN, word)
    return HIDDEN if normalise(word) in _NUMBER_WORDS else word
