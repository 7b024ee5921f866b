"""Examples of two intents that differ only by sounds which a recogniser mistakes for each other on a telephone.

The sounds are those that dialects merge or that narrow band blurs: tones; the onsets tr/ch, s/x, l/n and d/gi/r; the
finals n/ng/nh and t/c/ch; and the words that `bot.vietnamese.lexicon.LOOKALIKES` holds for digits. Words that are left
out or added, and other vowels, are not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

from bot.design.findings import Finding, warning
from bot.design.sources import Example
from bot.vietnamese.lexicon import LOOKALIKES
from bot.vietnamese.syllables import sounds
from bot.vietnamese.text import words

_ONSETS: Final[Mapping[str, str]] = {"tr": "ch", "s": "x", "n": "l", "r": "z"}  # d and gi are z to begin with
_CODAS: Final[Mapping[str, str]] = {"ng": "n", "nh": "n", "c": "t", "ch": "t"}


def check_mishearing(examples: Iterable[Example]) -> Iterator[Finding]:
    """A warning for each pair of intents and sound; at the later example, with the earlier one's line."""
    alike: dict[tuple[str, ...], list[Example]] = defaultdict(list)
    for example in examples:
        said = words(example.text)
        if said and not example.text.startswith("["):  # a machine's event
            alike[tuple(map(_heard_as, said))].append(example)
    for group in alike.values():
        for one, other in combinations(group, 2):
            differing = _differing(one, other)
            if one.intent != other.intent and differing:
                pairs = ", ".join(f"{first}/{second}" for first, second in differing)
                yield warning(
                    "misheard",
                    other.at,
                    f"“{other.text}” của {other.intent} dễ nghe nhầm thành “{one.text}” của {one.intent} ({one.at}): "
                    f"{pairs}. Thêm từ để hai câu khác hẳn nhau, hoặc bỏ một câu.",
                )


def _differing(one: Example, other: Example) -> list[tuple[str, str]]:
    return [pair for pair in zip(words(one.text), words(other.text), strict=True) if pair[0] != pair[1]]


def _heard_as(word: str) -> str:
    """The same for words that are mistaken for each other; a word that is no syllable stands for itself."""
    try:
        parts = sounds(LOOKALIKES.get(word, word))
    except ValueError:
        return word
    onset, coda = _ONSETS.get(parts.onset, parts.onset), _CODAS.get(parts.coda, parts.coda)
    return f"{onset}-{parts.medial}{parts.nucleus}-{coda}"
