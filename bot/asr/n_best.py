"""Scored texts of an engine as hypotheses."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bot.asr.grammars import UNKNOWN
from bot.replies import Hypothesis


def hypotheses(scored: Iterable[tuple[str, float]]) -> tuple[Hypothesis, ...]:
    """Texts without `[unk]`, those that become equal put together, with their share of the n-best's probability.

    Scores are natural logarithms.
    """
    scores = list(scored)
    best = max((score for _, score in scores), default=0.0)
    shares: dict[str, float] = {}
    for text, score in scores:
        plain = without_unknown(text)
        shares[plain] = shares.get(plain, 0.0) + math.exp(score - best)
    total = sum(shares.values())
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return tuple(Hypothesis(text, share / total) for text, share in ordered)


def without_unknown(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN)
