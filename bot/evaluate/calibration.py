"""Whether an engine's confidence in a code can be believed, and what that saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from bot.evaluate.chance import most_wrong

BINS: Final = 10
WRONG_AT_MOST: Final = 0.01


def calibration(judged: Sequence[tuple[float, bool]], strings: int) -> dict[str, Any]:
    """Figures of (confidence, right) of the whole codes heard with a confidence, of `strings` codes said.

    `bins` is the reliability curve: in each tenth of confidence, its mean and the share that was right. `ece` is the
    mean distance of the two, `brier` the mean square of confidence less 1 or 0. None where there is no confidence.
    """
    count = len(judged)
    bins = _bins(judged)
    return {
        "strings": count,
        "bins": bins,
        "ece": sum(each["n"] * abs(each["confidence"] - each["right"]) for each in bins) / count if count else None,
        "brier": sum((confidence - right) ** 2 for confidence, right in judged) / count if count else None,
        "skippable": _skippable(judged, strings),
    }


def _bins(judged: Sequence[tuple[float, bool]]) -> list[dict[str, Any]]:
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in judged:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return [
        {
            "from": at / BINS,
            "to": (at + 1) / BINS,
            "n": len(group),
            "confidence": sum(confidence for confidence, _ in group) / len(group),
            "right": sum(right for _, right in group) / len(group),
        }
        for at, group in enumerate(bins)
        if group
    ]


def _skippable(judged: Sequence[tuple[float, bool]], strings: int) -> dict[str, Any]:
    """The most codes that need no reading back at 1 % wrong: those from `threshold` on.

    The threshold is chosen on these very codes; `wrong_at_worst` is what 95 % confidence allows for the share.
    """
    taken, wrong, threshold = 0, 0, None
    for confidence, count, count_wrong in surest_first(judged):
        if count_wrong <= WRONG_AT_MOST * count:
            taken, wrong, threshold = count, count_wrong, confidence
    return {
        "wrong_at_most": WRONG_AT_MOST,
        "share": taken / strings if strings else None,
        "threshold": threshold,
        "strings": taken,
        "wrong": wrong,
        "wrong_at_worst": most_wrong(wrong, taken) if taken else None,
    }


def surest_first(judged: Sequence[tuple[float, bool]]) -> Iterator[tuple[float, int, int]]:
    """For each confidence from the highest down: how many codes have it or a higher one, and how many are wrong."""
    count = wrong = 0
    for confidence, equals in groupby(sorted(judged, reverse=True), key=lambda each: each[0]):
        rights = [right for _, right in equals]
        count, wrong = count + len(rights), wrong + rights.count(False)
        yield confidence, count, wrong
