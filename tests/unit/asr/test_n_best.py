"""Scored texts as hypotheses with shares."""

from __future__ import annotations

import pytest

from bot.asr.n_best import hypotheses, without_unknown
from bot.replies import Hypothesis


def test_texts_that_differ_only_in_unknown_words_are_one_hypothesis() -> None:
    scored = [("không [unk]", -1.0), ("một", -1.0), ("[unk] không", -1.0), ("[unk]", -1.0)]
    assert hypotheses(scored) == (
        Hypothesis("không", 0.5),
        Hypothesis("một", 0.25),
        Hypothesis("", 0.25),
    )


def test_equal_texts_are_put_together() -> None:
    scored = [("[unk] một", -1.0), ("một", -1.0), ("hai", -1.0)]
    assert hypotheses(scored) == (
        Hypothesis("một", pytest.approx(2 / 3)),
        Hypothesis("hai", pytest.approx(1 / 3)),
    )
    assert hypotheses([]) == ()


def test_texts_that_are_likelier_together_come_first() -> None:
    scored = [("hai", -1.0), ("một", -1.1), ("một [unk]", -1.1)]
    assert [one.text for one in hypotheses(scored)] == ["một", "hai"]


def test_scores_may_be_any_size() -> None:
    one, other = hypotheses([("một", -2000.0), ("hai", 5000.0)])
    assert (one.text, other.text) == ("hai", "một")
    assert one.confidence == pytest.approx(1)


def test_unknown_words_are_left_out() -> None:
    assert without_unknown("[unk] một [unk] [unk] hai") == "một hai"
    assert without_unknown("[unk]") == ""
