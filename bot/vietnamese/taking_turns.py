"""What words mean when they are said while the other speaks."""

from __future__ import annotations

from typing import Final

_LISTENING: Final = frozenset(
    ["ừ", "ừm", "ờ", "ờm", "ơ", "à", "ạ", "dạ", "vâng", "rồi", "thế", "vậy", "hừm", "ưm", "um", "uhm", "em"]
)
_SHORT_ANSWERS: Final = frozenset(["đúng", "phải", "không", "hông", "sai", "khoan", "dừng", "chờ"])


def takes_the_turn(words: str) -> bool:
    """Whether `words` (lower-case NFC) want the other to stop.

    Signs of listening (“dạ”, “vâng ạ”) do not, nor does one other syllable: that is what a cough or a door sounds like.
    """
    said = [word for word in words.split() if word not in _LISTENING]
    return len(said) > 1 or any(word in _SHORT_ANSWERS for word in said)
