"""Figures of what a caller notices."""

from __future__ import annotations

import math

from bot.evaluate.line_times import LineTimes


def test_figures_have_medians_tails_and_the_share_of_late_frames() -> None:
    times = LineTimes(code_gaps=[100, 300, 200], calls=[40_000, 60_000], late_ms=[0.0] * 98 + [41.0, 90.0])
    times.outcomes["reset"] += 2
    figures = times.figures()
    assert figures["code_gap_ms"] == {"n": 3, "p50": 200, "p95": 300}
    assert figures["call_s"] == {"n": 2, "p50": 40, "p95": 60}
    assert (figures["frames_late_share"], figures["frame_latest_ms"]) == (0.02, 90.0)
    assert figures["outcomes"] == {"reset": 2}


def test_nothing_measured_is_not_a_number() -> None:
    figures = LineTimes().figures()
    assert math.isnan(figures["stop_ms"]["p50"])
    assert figures["frames_late_share"] == 0
