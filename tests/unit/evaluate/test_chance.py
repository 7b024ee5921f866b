"""Intervals and differences, against what is known of them."""

from __future__ import annotations

import random

import pytest

from bot.evaluate.chance import difference, interval, mcnemar, most_wrong, sign_flips, spread_intervals


def test_an_interval_of_a_share_is_as_wide_as_the_normal_one() -> None:
    parts = [1.0] * 300 + [0.0] * 100
    low, high = interval(parts, [1.0] * 400) or (0, 0)
    wide = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    assert (low, high) == (pytest.approx(0.75 - wide, abs=0.01), pytest.approx(0.75 + wide, abs=0.01))


def test_intervals_hold_the_truth_nineteen_times_of_twenty() -> None:
    rng = random.Random(3)
    holds = 0
    for _ in range(100):
        errors = [float(rng.random() < 0.3) * rng.randint(1, 3) for _ in range(80)]  # 0.6 of 10 digits in the mean
        low, high = interval(errors, [10.0] * 80) or (0, 0)
        holds += low <= 0.06 <= high
    assert 88 <= holds <= 99


def test_where_all_are_alike_the_exact_bound_stands() -> None:
    assert interval([1.0] * 10, [1.0] * 10) == (pytest.approx(1 - 0.3085, abs=1e-4), 1.0)
    assert interval([0.0] * 10, [1.0] * 10) == (0.0, pytest.approx(0.3085, abs=1e-4))


def test_nothing_has_no_interval() -> None:
    assert interval([], []) is None


def test_the_interval_of_a_mean_is_as_wide_as_the_normal_one() -> None:
    rng = random.Random(5)
    values = [[rng.gauss(100, 20)] for _ in range(400)]
    low, high = spread_intervals(values)["mean"]
    assert high - low == pytest.approx(2 * 1.96 * 20 / 400**0.5, rel=0.12)
    low, high = spread_intervals(values)["p50"]
    assert low < 100 < high


def test_values_that_belong_together_are_drawn_together() -> None:
    groups = [[float(number % 2)] * 10 for number in range(40)]
    apart = [[value] for group in groups for value in group]
    widths = [high - low for low, high in (spread_intervals(of)["mean"] for of in (groups, apart))]
    assert widths[0] == pytest.approx(10**0.5 * widths[1], rel=0.1)
    assert spread_intervals([[1.0, 2.0], []]) == {}


def test_a_paired_difference_sees_what_two_intervals_would_not() -> None:
    first = [1.0] * 60 + [0.0] * 40
    second = [1.0] * 68 + [0.0] * 32  # the same strings right, and eight more
    low, high = difference((first, [1.0] * 100), (second, [1.0] * 100))
    assert 0 < low < 0.08 < high
    assert difference((first, [1.0] * 100), (first, [1.0] * 100)) == (0, 0)


def test_mcnemar_is_the_exact_binomial() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(0, 6) == pytest.approx(2 * 0.5**6)
    assert mcnemar(5, 5) == 1


def test_few_that_changed_alike_may_be_chance() -> None:
    assert sign_flips([5.0]) == 1
    assert sign_flips([5.0] * 5) == pytest.approx(2 / 2**5)
    assert sign_flips([5.0] * 8) == pytest.approx(2 / 2**8)
    assert sign_flips([0.0] * 8) == 1
    rng = random.Random(4)
    assert sign_flips([rng.gauss(0, 1) for _ in range(200)]) > 0.05 > sign_flips([rng.gauss(1, 3) for _ in range(200)])


def test_few_that_are_all_right_prove_little() -> None:
    assert most_wrong(0, 60) == pytest.approx(1 - 0.05 ** (1 / 60))
    assert most_wrong(0, 300) < 0.01 < most_wrong(0, 200)
