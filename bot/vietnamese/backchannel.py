"""Words that say only that one is listening."""

from __future__ import annotations

from typing import Final

_LISTENING: Final = frozenset("ừ ừm ờ ờm ơ à ạ dạ vâng rồi thế vậy hừm ưm um uhm em".split())


def is_backchannel(words: str) -> bool:
    """Whether `words` (lower-case NFC) only accompany what the other says: “dạ”, “ừ ừ”, “vâng ạ”; false of nothing."""
    said = words.split()
    return bool(said) and all(word in _LISTENING for word in said)
