"""Whether a caller could tell from the time why they were refused: samples of each cause, compared as distributions."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.evaluate.extra import extra
from bot.evaluate.percentile import percentile

Ask = Callable[[int], None]  # the refused request of this number; each number is asked once


@dataclass(slots=True)
class Times:
    """How long requests took, in ms: on the wall clock, and of the CPU in their own thread."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def measure(causes: Mapping[str, Ask], repeats: int, seed: int) -> dict[str, Times]:
    """`repeats` requests of each cause in a drawn order, so that what else the machine does hits all alike."""
    order = [(cause, number) for cause in causes for number in range(repeats)]
    random.Random(seed).shuffle(order)  # noqa: S311 - an order
    times = {cause: Times() for cause in causes}
    for cause, number in order:
        cpu, wall = time.thread_time(), time.perf_counter()
        causes[cause](number)
        times[cause].wall_ms.append((time.perf_counter() - wall) * 1000)
        times[cause].cpu_ms.append((time.thread_time() - cpu) * 1000)
    return times


def figures(times: Mapping[str, Times]) -> dict[str, Any]:
    """Quantiles of each cause, and how likely times as unlike those of all the others are if there is no difference.

    The p-values are of two-sided Kolmogorov-Smirnov tests. `smallest_p` is the smallest, times the number of tests
    (Bonferroni): under 0.05 a cause can be told apart.
    """
    causes = {cause: _figures(cause, times) for cause in times}
    smallest = min(min(row["wall_p"], row["cpu_p"]) for row in causes.values())
    return {"causes": causes, "smallest_p": min(1.0, smallest * 2 * len(causes))}


def _figures(cause: str, times: Mapping[str, Times]) -> dict[str, float]:
    mine, others = times[cause], [each for name, each in times.items() if name != cause]
    row: dict[str, float] = {"n": len(mine.wall_ms)}
    for kind in ("wall", "cpu"):
        values: list[float] = getattr(mine, f"{kind}_ms")
        rest = [value for each in others for value in getattr(each, f"{kind}_ms")]
        row[f"{kind}_p50_ms"] = percentile(values, 0.5)
        row[f"{kind}_p95_ms"] = percentile(values, 0.95)
        row[f"{kind}_p"] = float(extra("scipy.stats").ks_2samp(values, rest).pvalue)
    return row
