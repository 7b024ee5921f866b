"""NLU examples that are the same sentence: written twice, in another Unicode form, or with the tone mark elsewhere."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.design.findings import Finding, error, warning
from bot.design.sources import Example, Variation
from bot.vietnamese.text import normalise


def check_examples(examples: Iterable[Example]) -> Iterator[Finding]:
    """In two intents they are an error: a classifier can learn but one. In one intent they only count double."""
    alike: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        alike[normalise(example.text)].append(example)
    for twins in alike.values():
        yield from _twins(twins)


def check_unicode(variations: Iterable[Variation]) -> Iterator[Finding]:
    """What the bot says is compared with its recording's text letter by letter, so it has to be NFC."""
    for variation in variations:
        if not unicodedata.is_normalized("NFC", variation.text):
            yield warning(
                "unicode", variation.at, f"{variation.prompt_id} không ở dạng Unicode dựng sẵn (NFC). Gõ lại."
            )


def _twins(twins: list[Example]) -> Iterator[Finding]:
    seen: dict[str, Example] = {}
    for example in twins:
        first = next(iter(seen.values()), None)
        other = next((one for intent, one in seen.items() if intent != example.intent), None)
        if other:
            yield error(
                "example_in_two_intents",
                example.at,
                f"“{example.text}” của {example.intent} cũng là ví dụ của {other.intent} "
                f"({other.at}{_how(example, other)}). Chỉ giữ ở một ý định.",
            )
        elif first:
            yield warning(
                "example_twice",
                example.at,
                f"“{example.text}” của {example.intent} đã có ở {first.at}{_how(example, first)}. Xóa một dòng.",
            )
        seen.setdefault(example.intent, example)


def _how(one: Example, other: Example) -> str:
    """How two examples that sound the same are written differently."""
    if one.text == other.text:
        return ""
    composed = [unicodedata.normalize("NFC", each.text) for each in (one, other)]
    if composed[0] == composed[1]:
        return ", khác dạng Unicode"
    bare = [_without_marks(text) for text in composed]
    if bare[0] == bare[1]:
        return ", khác chỗ đặt dấu thanh"
    return ", chỉ khác cách viết"


def _without_marks(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
