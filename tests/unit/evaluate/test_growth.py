"""What a long run leaves behind is told per 100 calls, once it is warm."""

from __future__ import annotations

import pytest

from bot.evaluate.growth import Growth


def grown(*values: float) -> dict[str, float]:
    growth = Growth()
    for at, value in enumerate(values):
        growth.add(50 * at, {"files": value})
    return growth.figures()["files"]


def test_a_leak_is_told_per_100_calls() -> None:
    assert grown(10, 13, 16, 19, 22) == {"first": 10, "last": 22, "per_100_calls": pytest.approx(6)}


def test_what_fills_in_the_beginning_is_no_leak() -> None:
    assert grown(10, 40, 40, 40, 40)["per_100_calls"] == pytest.approx(0)


def test_one_count_has_no_growth() -> None:
    assert grown(10) == {"first": 10, "last": 10, "per_100_calls": 0}
    assert Growth().figures() == {}
