"""One spelling for Vietnamese text: what every table of this package is written in."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng
_SHAPED: Final = "ăâêôơư"  # vowels that carry the tone wherever they stand
_SYLLABLE: Final = re.compile(
    r"(?P<onset>qu(?=[aăâeêioôơuưy])|gi(?=[aăâeêoôơuưy])|[bcdđghklmnpqrstvx]*)"
    r"(?P<vowels>[aăâeêioôơuưy]{1,3})(?P<coda>[cghmnpt]*)"
)
_NOT_WORD: Final = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Lower-case NFC words with single spaces, no punctuation, and the tone where "hòa, hủy, thủy" have it."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible).lower())
    return " ".join(_retoned(word) for word in _NOT_WORD.sub(" ", composed).split())


def words(text: str) -> list[str]:
    """The words of a text in their one spelling."""
    return normalise(text).split()


def _retoned(word: str) -> str:
    """The word with its tone mark on the vowel of the older spelling; words that are no syllable stay as they are."""
    if word.isascii():
        return word
    marks = unicodedata.normalize("NFD", word)
    tones = [mark for mark in marks if mark in _TONES]
    plain = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
    syllable = _SYLLABLE.fullmatch(plain)
    if len(tones) != 1 or syllable is None:
        return word
    at = syllable.start("vowels") + _tone_place(syllable["vowels"], closed=bool(syllable["coda"]))
    return unicodedata.normalize("NFC", plain[: at + 1] + tones[0] + plain[at + 1 :])


def _tone_place(vowels: str, *, closed: bool) -> int:
    shaped = [at for at, vowel in enumerate(vowels) if vowel in _SHAPED]
    if shaped:
        return shaped[-1]
    if closed:
        return len(vowels) - 1
    return 1 if len(vowels) == 3 else 0
