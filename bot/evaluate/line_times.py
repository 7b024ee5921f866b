"""What a caller at the other end of the line notices: how long the bot lets them wait, how soon it falls silent."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.evaluate.percentile import percentile

LATE_MS: Final = 40.0


@dataclass(slots=True)
class LineTimes:
    """Measures of any number of calls, in ms; `late_ms` is of every frame that came over the wire."""

    code_gaps: list[float] = field(default_factory=list)  # last digit ends → first bot audio, code complete
    yes_gaps: list[float] = field(default_factory=list)  # “đúng” ends → first bot audio
    stops: list[float] = field(default_factory=list)  # caller begins to speak over the bot → bot silent
    calls: list[float] = field(default_factory=list)  # successful ones, answer to hang-up
    late_ms: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        """In JSON's types; shares from 0 to 1."""
        rows = {"code_gap_ms": self.code_gaps, "yes_gap_ms": self.yes_gaps, "stop_ms": self.stops}
        return {
            **{name: _row(values) for name, values in rows.items()},
            "call_s": _row([value / 1000 for value in self.calls]),
            "frames": len(self.late_ms),
            "frames_late_share": sum(late > LATE_MS for late in self.late_ms) / (len(self.late_ms) or 1),
            "frame_latest_ms": max(self.late_ms, default=math.nan),
            "outcomes": dict(self.outcomes),
        }


def _row(values: Sequence[float]) -> dict[str, float]:
    return {"n": len(values), "p50": percentile(values, 0.5), "p95": percentile(values, 0.95)}
