"""How probable the n-best of a turn makes a code, as a whole and digit by digit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CodePosterior:
    """Probabilities from 0 to 1. They tell which digits are hard to make out, so those stay out of its `repr`.

    `whole` is the share of all hypotheses that say this code. `digits` has one share for each digit, of the
    hypotheses alone that say a code of the same length: the others have no digit at its place.
    """

    whole: float
    digits: tuple[float, ...] = field(repr=False)


def code_posterior(code: str, n_best: Iterable[tuple[Sequence[str], float | None]]) -> CodePosterior | None:
    """The posterior of `code`, given the codes that each hypothesis may say (none, or several) and its confidence.

    None where the recogniser has no confidence to tell.
    """
    weights: dict[str, float] = defaultdict(float)
    for codes, confidence in n_best:
        if confidence is None:
            return None
        rivals = [rival for rival in codes if len(rival) == len(code)]
        for rival in rivals:
            weights[rival] += confidence / len(rivals)
    total = sum(weights.values())
    if total <= 0:
        return None
    agreeing = (sum(weight for rival, weight in weights.items() if rival[at] == digit) for at, digit in enumerate(code))
    return CodePosterior(min(weights[code], 1.0), tuple(min(weight / total, 1.0) for weight in agreeing))
