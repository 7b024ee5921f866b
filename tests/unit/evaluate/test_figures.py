"""What an engine's answers are worth, and the figures made of them."""

from __future__ import annotations

import json

import pytest

from bot.audio import Audio
from bot.evaluate.figures import Outcome, engine_figures, judged
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.trials import Kind, Trial, hear_code, hears_answer
from bot.replies import Hypothesis, Utterance

COUNTING = "không một hai ba bốn năm sáu bảy tám chín"
CODE = "0123456789"


def outcome(
    kind: Kind, said: str, *texts: str, speaker: str = "a", dialect: str = "", settled_ms: tuple[int, ...] = ()
) -> Outcome:
    heard = Utterance(tuple(Hypothesis(text, 0.5) for text in texts))
    trial = Trial(
        id=f"{said}{texts}", kind=kind, said=said, audio=Audio(b""), source="t", speaker=speaker, dialect=dialect
    )
    answer = Answer(heard=heard, audio_s=2.0, cpu_s=0.1, finish_ms=20.0, settled_ms=settled_ms)
    return judged(trial, answer, (10,))


def test_the_first_hypothesis_that_completes_the_code_wins() -> None:
    texts = ("một hai", COUNTING, COUNTING.replace("chín", "ba"), f"dạ {COUNTING}")
    heard = hear_code(Utterance(tuple(Hypothesis(text, 0.2) for text in texts)), (10,))
    assert (heard.digits, heard.text) == (CODE, COUNTING)
    assert heard.posterior == pytest.approx(0.4)


def test_without_a_whole_code_the_best_hypothesis_counts() -> None:
    heard = hear_code(Utterance((Hypothesis("một hai"), Hypothesis("một"))), (10,))
    assert (heard.digits, heard.posterior) == ("12", None)
    assert hear_code(Utterance(()), (10,)).digits == ""
    assert hear_code(Utterance((Hypothesis(""),)), (10,)).digits == ""


@pytest.mark.parametrize(
    ("said", "heard", "right"),
    [
        ("đúng", "dạ đúng rồi", True),
        ("đúng", "không đúng", False),
        ("đúng", "", False),
        ("không", "dạ không", True),
        ("không", "không đúng", True),
        ("không", "không ba", False),
        ("không", "đúng", False),
        ("trở lại", "trở lại", True),
        ("trở lại", "trở", False),
    ],
)
def test_an_answer_is_right_if_it_says_so_and_not_the_opposite(said: str, heard: str, right: bool) -> None:
    assert hears_answer(said, heard) is right


def test_dialects_are_told_apart_where_they_are_known() -> None:
    outcomes = [
        outcome(Kind.CODE, CODE, COUNTING, dialect="bắc"),
        outcome(Kind.CODE, CODE, "một", dialect="nam"),
        outcome(Kind.CODE, CODE, COUNTING, dialect="nam"),
        outcome(Kind.DIGIT, "7", "bảy", dialect="nam"),
        outcome(Kind.CODE, CODE, "một"),
    ]
    rows = engine_figures(outcomes, Footprint(1.0, None))["by_dialect"]
    assert {name: (row["strings"], row["string_accuracy"]) for name, row in rows.items()} == {
        "bắc": (1, 1.0),
        "nam": (2, 0.5),
    }
    assert (rows["nam"]["digits"], rows["nam"]["digit_accuracy"]) == (1, 1.0)


def test_figures() -> None:
    outcomes = [
        outcome(Kind.CODE, CODE, COUNTING, settled_ms=(100, 300)),
        outcome(Kind.CODE, CODE, COUNTING.replace("hai", "ba")),
        outcome(Kind.CODE, CODE, "một hai", speaker="b"),
        outcome(Kind.DIGIT, "4", "bốn"),
        outcome(Kind.DIGIT, "4", ""),
        outcome(Kind.ANSWER, "đúng", "đúng"),
        outcome(Kind.ANSWER, "không", "đúng"),
        outcome(Kind.WORDS, "cà phê", "ba"),
        outcome(Kind.NOISE, "", ""),
    ]
    figures = engine_figures(outcomes, Footprint(1.0, 64.0))
    json.dumps(figures, allow_nan=False)
    assert (figures["strings"], figures["digits"], figures["yes_no"], figures["non_digits"]) == (3, 2, 2, 2)
    assert figures["string_accuracy"] == pytest.approx(1 / 3)
    assert figures["within_one_accuracy"] == pytest.approx(2 / 3)
    assert figures["digit_error_rate"] == pytest.approx(9 / 30)
    assert figures["substitution_rate"] == pytest.approx(1 / 30)
    assert figures["deletion_rate"] == pytest.approx(8 / 30)
    assert figures["insertion_rate"] == 0
    assert figures["digit_accuracy"] == figures["false_reject"] == 0.5
    assert figures["yes_no_accuracy"] == figures["false_accept"] == 0.5
    assert (figures["false_accept_words"], figures["false_accept_noise"]) == (1.0, 0.0)
    assert figures["rtf"] == pytest.approx(0.05)
    assert figures["streams_per_core"] == pytest.approx(20)
    assert figures["digit_final_ms"] == {"p50": 100, "p95": 300, "n": 2}
    assert {"said": "2", "heard": "3", "count": 1} in figures["confusions"]
    assert figures["confusions"][0] == {"said": "4", "heard": "", "count": 2}
    assert figures["confusion_matrix"]["4"] == {"": 2, "4": 3}
    low, high = figures["intervals"]["string_accuracy"]
    assert 0 <= low < figures["string_accuracy"] < high <= 1
    assert figures["by_speaker"]["t/b"]["string_accuracy"] == 0
    assert figures["by_source"]["t"]["digit_accuracy"] == 0.5


def test_a_code_among_the_hypotheses_counts_for_the_oracle_only() -> None:
    missed = outcome(Kind.CODE, CODE, COUNTING.replace("hai", "ba"), COUNTING)
    figures = engine_figures([missed, outcome(Kind.CODE, CODE, "một hai")], Footprint(1.0, None))
    assert (figures["string_accuracy"], figures["oracle_accuracy"]) == (0, 0.5)


def test_only_whole_codes_are_held_against_their_confidence() -> None:
    heard = [outcome(Kind.CODE, CODE, COUNTING), outcome(Kind.CODE, CODE, "một hai")]
    figures = engine_figures(heard, Footprint(1.0, None))["calibration"]
    assert (figures["strings"], figures["bins"][0]["confidence"], figures["skippable"]["share"]) == (1, 0.5, 0.5)


def test_where_nothing_was_measured_stands_nothing() -> None:
    figures = engine_figures([], Footprint(1.0, None))
    json.dumps(figures, allow_nan=False)
    for name in ("string_accuracy", "digit_error_rate", "digit_accuracy", "yes_no_accuracy", "false_accept", "rtf"):
        assert figures[name] is None
    assert (figures["strings"], figures["digits"], figures["confusions"]) == (0, 0, [])
