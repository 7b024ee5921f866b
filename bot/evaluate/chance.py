"""How far figures of a sample can be trusted: intervals by bootstrap, and differences that are more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.evaluate.extra import extra

SURE: Final = 0.95
RESAMPLES: Final = 2000
_AT_ONCE: Final = 1_000_000  # numbers drawn at once: bounds memory

Floats = npt.NDArray[np.float64]


def interval(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, float] | None:
    """Where sum(parts) / sum(wholes) lies with 95 % confidence: percentile bootstrap over the items, seeded.

    Items are taken for independent: strings of one speaker are not, so the true interval of people is wider. Where
    all items are alike, drawing again shows no spread, and the exact bound of a share (Clopper and Pearson) stands
    instead. None without items.
    """
    if not sum(wholes):
        return None
    ratios = np.array([part / whole for part, whole in zip(parts, wholes, strict=True) if whole])
    if ratios.min() == ratios.max():
        unseen = 1 - float((1 - SURE) / 2) ** (1 / len(ratios))
        return max(float(ratios[0]) - unseen, 0.0), float(ratios[0]) + (unseen if ratios[0] < 1 else 0.0)
    drawn = np.concatenate([part / whole for part, whole in _resampled(np.array([parts, wholes], dtype=float))])
    return _quantiles(drawn)


def spread_intervals(groups: Sequence[Sequence[float]]) -> dict[str, tuple[float, float]]:
    """Where mean, p50 and p95 (nearest rank) of all values lie with 95 % confidence: percentile bootstrap, seeded.

    Whole groups are drawn, for the values of one (the turns of a call) are not independent. Nothing is known of the
    spread of a single group: empty.
    """
    filled = [group for group in groups if group]
    if len(filled) < 2:
        return {}
    values = np.concatenate([np.asarray(group, dtype=float) for group in filled])
    owners = np.repeat(np.arange(len(filled)), [len(group) for group in filled])
    order = np.argsort(values)
    values, owners = values[order], owners[order]
    rng = np.random.default_rng(8)
    rows = max(_AT_ONCE // len(values), 1)
    drawn: dict[str, list[Floats]] = {"mean": [], "p50": [], "p95": []}
    for done in range(0, RESAMPLES, rows):
        times = rng.multinomial(
            len(filled), np.full(len(filled), 1 / len(filled)), size=min(rows, RESAMPLES - done)
        )  # how often each group is drawn
        upto = times[:, owners].cumsum(axis=1)
        drawn["mean"].append(times[:, owners] @ values / upto[:, -1])
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            drawn[name].append(values[(upto >= share * upto[:, -1:]).argmax(axis=1)])
    return {name: _quantiles(np.concatenate(of)) for name, of in drawn.items()}


def difference(
    first: tuple[Sequence[float], Sequence[float]], second: tuple[Sequence[float], Sequence[float]]
) -> tuple[float, float]:
    """Where the second ratio less the first lies with 95 % confidence: paired bootstrap over items that both have.

    Each is (parts, wholes), the same items in the same order, at least one.
    """
    table = np.array([*first, *second], dtype=float)
    drawn = np.concatenate([b / b_of - a / a_of for a, a_of, b, b_of in _resampled(table)])
    return _quantiles(drawn)


def mcnemar(only_first: int, only_second: int) -> float:
    """How probable a split at least that uneven is by chance (two-sided, exact), of items that only one had right."""
    if not only_first + only_second:
        return 1.0
    return float(extra("scipy.stats").binomtest(only_first, only_first + only_second).pvalue)


def sign_flips(differences: Sequence[float]) -> float:
    """How probable a mean at least that far from 0 is by chance (two-sided permutation test, exact of few).

    Chance is that each difference might as well have been the other way.
    """
    if len(differences) == 1:
        return 1.0
    tested = extra("scipy.stats").permutation_test(
        (np.asarray(differences, dtype=float),),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(_AT_ONCE // len(differences), 1),
        random_state=8,
    )
    return float(tested.pvalue)


def most_wrong(wrong: int, count: int) -> float:
    """The share of wrong ones that is exceeded with 5 % probability only, given `wrong` of `count` (exact)."""
    tested = extra("scipy.stats").binomtest(wrong, count, alternative="less")
    return float(tested.proportion_ci(SURE, method="exact").high)


def _resampled(table: Floats) -> list[Floats]:
    """The sums of each row over columns drawn with replacement, RESAMPLES times, in some pieces."""
    rng = np.random.default_rng(8)
    columns = table.shape[1]
    rows_at_once = max(_AT_ONCE // columns, 1)
    pieces = []
    for done in range(0, RESAMPLES, rows_at_once):
        drawn = rng.integers(columns, size=(min(rows_at_once, RESAMPLES - done), columns))
        sums = table[:, drawn].sum(axis=2)
        pieces.append(sums)
    return pieces


def _quantiles(drawn: Floats) -> tuple[float, float]:
    outside = (1 - SURE) / 2
    low, high = np.quantile(drawn[np.isfinite(drawn)], (outside, 1 - outside))
    return float(low), float(high)
