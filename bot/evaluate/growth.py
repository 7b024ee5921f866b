"""What a long run leaves behind: a line through what was counted, in units per 100 calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import linear_regression
from typing import Any, Final

PER_CALLS: Final = 100
WARM: Final = 0.25  # the first part of a run, in which caches fill, is counted but not fitted


@dataclass(slots=True)
class Growth:
    """Counts taken after so many calls; each count has its name."""

    after: list[int] = field(default_factory=list)
    counts: list[Mapping[str, float]] = field(default_factory=list)

    def add(self, calls: int, counts: Mapping[str, float]) -> None:
        self.after.append(calls)
        self.counts.append(counts)

    def figures(self) -> dict[str, dict[str, Any]]:
        """Of each count the first and the last, and its growth per 100 calls by least squares once the run is warm."""
        names = self.counts[0] if self.counts else {}
        return {name: self._row([counts[name] for counts in self.counts]) for name in names}

    def _row(self, values: list[float]) -> dict[str, float]:
        fitted = [(calls, value) for calls, value in zip(self.after, values, strict=True) if self._warm(calls)]
        slope = linear_regression(*zip(*fitted, strict=True)).slope if len(fitted) > 1 else 0.0
        return {"first": values[0], "last": values[-1], "per_100_calls": round(slope * PER_CALLS, 3)}

    def _warm(self, calls: int) -> bool:
        return calls >= self.after[0] + WARM * (self.after[-1] - self.after[0])
