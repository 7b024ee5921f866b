"""Waiting times from a call's events."""

from __future__ import annotations

import math

import pytest

from bot.evaluate.percentile import percentile
from bot.evaluate.turn_times import TurnTimes
from bot.events import Event, Kind


def one_turn(times: TurnTimes, *, how: str, at_ms: int, ended_ms: int, next_expect: str = "code") -> None:
    times(Event(Kind.HEARD, at_ms, {"how": how, "ended_ms": ended_ms, "recognise_ms": 5.0}))
    times(Event(Kind.DECIDED, at_ms, {"expect": next_expect, "decide_ms": 20.0}))
    times(Event(Kind.RENDERED, at_ms, {"render_ms": 2.0}))


def answered() -> TurnTimes:
    times = TurnTimes()
    times(Event(Kind.DECIDED, 0, {"expect": "menu", "decide_ms": 50.0}))
    times(Event(Kind.RENDERED, 0, {"render_ms": 1.0}))
    return times


def test_gap_is_the_silence_waited_for_and_the_computing() -> None:
    times = answered()
    one_turn(times, how="speech", at_ms=5000, ended_ms=4300)
    assert [turn.gap_ms for turn in times.turns] == [700 + 5 + 20 + 2]


def test_turn_counts_under_what_was_expected_when_it_began() -> None:
    times = answered()
    one_turn(times, how="speech", at_ms=5000, ended_ms=4300, next_expect="code")
    one_turn(times, how="speech", at_ms=9000, ended_ms=8760, next_expect="yes_no")
    assert [turn.expected for turn in times.turns] == ["menu", "code"]


@pytest.mark.parametrize("how", ["keys", "silence"])
def test_keys_and_silence_are_no_speech_to_answer(how: str) -> None:
    times = answered()
    one_turn(times, how=how, at_ms=5000, ended_ms=5000)
    assert times.turns == []
    assert len(times.decide_ms) == 2


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0], 0.95, 1.0), (list(map(float, range(1, 101))), 0.95, 95.0)],
)
def test_percentile_is_the_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))
