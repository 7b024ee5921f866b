"""Whether confidences can be believed."""

from __future__ import annotations

import pytest

from bot.evaluate.calibration import calibration


def test_the_curve_has_the_mean_confidence_and_the_share_right_of_each_tenth() -> None:
    figures = calibration([(0.95, True), (1.0, True), (0.12, False), (0.18, True)], 5)
    assert [(each["from"], each["n"], each["right"]) for each in figures["bins"]] == [(0.1, 2, 0.5), (0.9, 2, 1.0)]
    assert figures["bins"][0]["confidence"] == pytest.approx(0.15)
    assert figures["ece"] == pytest.approx((2 * 0.35 + 2 * 0.025) / 4)
    assert figures["brier"] == pytest.approx((0.05**2 + 0 + 0.12**2 + 0.82**2) / 4)


def test_as_many_codes_are_skippable_as_keep_one_in_a_hundred_wrong() -> None:
    sure = [(0.9, True)] * 99 + [(0.8, False)] + [(0.7, False)] + [(0.6, True)] * 97 + [(0.5, True)]
    skippable = calibration(sure, 400)["skippable"]
    assert (skippable["strings"], skippable["wrong"], skippable["threshold"]) == (100, 1, 0.8)
    assert skippable["share"] == 0.25
    assert skippable["wrong_at_worst"] > 0.04
    assert calibration([*sure, (0.4, True)], 400)["skippable"]["strings"] == 200


def test_equal_confidences_are_skipped_together_or_not_at_all() -> None:
    assert calibration([(0.9, True)] * 50 + [(0.9, False)], 51)["skippable"]["strings"] == 0


def test_an_engine_without_confidence_has_no_calibration() -> None:
    figures = calibration([], 3)
    assert (figures["strings"], figures["bins"], figures["ece"]) == (0, [], None)
    assert figures["skippable"]["share"] == 0
