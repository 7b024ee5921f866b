"""Two n-bests of one turn put together."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asr.fusion import ALTERNATIVES, FusedRecognizer, Trust, fused
from bot.asr.grammars import DIGITS
from bot.audio import Audio, silence
from bot.replies import Expect, Hypothesis, Utterance
from bot.vietnamese.digits import hear_digits
from tests.contract.recognizers import ScriptedRecognizer

# Not the calibrated ones: those move with the models.
TRUSTS = (Trust(weight=0.5, doubt=0.1), Trust(weight=1.0, doubt=0.05))
CODE = "3141592653"
Shares = list[tuple[str, float]]

LOUD = Audio(b"\x00\x20" * 800)


def words(code: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in code)


def said(*shares: tuple[str, float | None]) -> Utterance:
    return Utterance(tuple(Hypothesis(text, share) for text, share in shares))


def codes(shares: Shares) -> Utterance:
    return said(*((words(code), share) for code, share in shares))


def put(code: str, at: int, digit: str) -> str:
    return code[:at] + digit + code[at + 1 :]


def together(first: Utterance, second: Utterance, *, digits: bool = True) -> dict[str, float]:
    """Posteriors by digits, or by text where there are none; the best first."""
    heard = fused((first, second), TRUSTS, digits=digits)
    keys = [(hear_digits(one.text).digits if digits else "") or one.text for one in heard.hypotheses]
    assert len(keys) == len({*keys})
    return {key: one.confidence or 0.0 for key, one in zip(keys, heard.hypotheses, strict=True)}


def best(shares: dict[str, float]) -> str:
    return next(iter(shares))


def test_agreement_makes_a_code_surer() -> None:
    other, another = put(CODE, 4, "0"), put(CODE, 7, "0")
    shares = together(codes([(CODE, 0.6), (other, 0.4)]), codes([(CODE, 0.6), (another, 0.4)]))
    assert best(shares) == CODE
    assert shares[CODE] > 0.7
    assert together(codes([(CODE, 0.6), (other, 0.4)]), codes([(CODE, 0.6), (other, 0.4)]))[CODE] > 0.6


def test_disagreement_in_one_place_leaves_a_share_to_both() -> None:
    other = put(CODE, 4, "0")
    shares = together(codes([(CODE, 1.0)]), codes([(other, 1.0)]))
    assert list(shares) == [other, CODE], "the second engine is trusted more"
    assert 0.01 < shares[CODE] < 0.5
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("digits", ["1234567890", "0000000000", CODE])
def test_errors_in_different_places_are_repaired(digits: str) -> None:
    """Neither n-best holds the code, and each engine's error is not its only idea of that place."""
    wrong = [put(digits, 2, "8"), put(digits, 7, "4")]
    first = codes([(wrong[0], 0.6), (put(digits, 9, "7"), 0.4)])
    second = codes([(wrong[1], 0.6), (put(digits, 0, "5"), 0.4)])
    shares = together(first, second)
    assert best(shares) == digits
    assert shares[digits] > max(shares.get(each, 0.0) for each in wrong)


def test_a_code_that_one_engine_cannot_count_is_the_others() -> None:
    first = codes([(CODE[:9], 0.7), (CODE[:4] + CODE[5:], 0.2), (CODE + "3", 0.1)])
    assert best(together(first, codes([(CODE, 0.9), (put(CODE, 4, "0"), 0.1)]))) == CODE


def test_codes_that_differ_nearly_everywhere_are_not_mixed() -> None:
    first, second = "1111111111", "2222222333"
    assert set(together(codes([(first, 1.0)]), codes([(second, 1.0)]))) == {first, second}


@pytest.mark.parametrize(
    ("first", "digits"), [(said(), True), (said(("", 0.4), (words("7"), 0.3)), True), (said(("", 1.0)), False)]
)
def test_a_first_engine_that_is_unsure_of_silence_does_not_hide_what_the_second_heard(
    first: Utterance, digits: bool
) -> None:
    heard = codes([(CODE, 0.9), (put(CODE, 4, "0"), 0.1)])
    known = {key: share for key, share in together(first, heard, digits=digits).items() if key}
    assert best(known) == (CODE if digits else words(CODE))


@pytest.mark.parametrize("silent", [said(), said(("", 1.0))])
def test_a_second_engine_that_heard_nothing_does_not_hide_what_the_first_heard(silent: Utterance) -> None:
    assert best({key: share for key, share in together(codes([(CODE, 1.0)]), silent).items() if key}) == CODE


def test_digits_that_the_second_engine_hears_in_noise_are_none() -> None:
    noise = said(("", 0.9), (words("7"), 0.1))
    assert fused((noise, codes([(CODE, 1.0)])), TRUSTS, digits=True) == noise


@pytest.mark.parametrize("digits", [True, False])
def test_two_engines_that_heard_nothing_hear_nothing(digits: bool) -> None:
    assert fused((said(), said()), TRUSTS, digits=digits) == Utterance(())
    assert together(said(("", 1.0)), said(("", 1.0)), digits=digits) == {"": 1.0}
    assert together(said(), said(("", 1.0)), digits=digits) == {"": 1.0}


def test_texts_that_say_the_same_digits_are_one_in_the_words_of_the_first_engine() -> None:
    one, other = "dạ một hai ba bốn", "một hai ba tư"
    heard = fused((said((one, 1.0)), said((other, 0.6), ("một hai ba bốn", 0.4))), TRUSTS, digits=True)
    assert heard == said((one, 1.0))


def test_outside_of_codes_texts_are_compared_word_by_word() -> None:
    shares = together(said(("một hai ba tư", 1.0)), said(("một hai ba bốn", 1.0)), digits=False)
    assert set(shares) == {"một hai ba tư", "một hai ba bốn"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([("đúng", 1.0)], [("đúng rồi", 0.6), ("đúng", 0.4)], "đúng"),
        ([("không", 0.9), ("đúng", 0.1)], [("không", 0.9), ("", 0.1)], "không"),
        ([("không", 0.6), ("đúng", 0.4)], [("đúng", 0.9), ("không", 0.1)], "đúng"),
        ([("dạ sai rồi", 1.0)], [("", 1.0)], ""),
    ],
)
def test_answers(first: Shares, second: Shares, expected: str) -> None:
    assert best(together(said(*first), said(*second), digits=False)) == expected


def test_commands_are_heard_where_a_code_is_expected() -> None:
    command = "cấp lại mật khẩu"
    shares = together(said((command, 0.8), (words("12"), 0.2)), said((command, 0.9), ("", 0.1)))
    assert best(shares) == command
    assert shares[command] > 0.9


def test_an_engine_without_confidences_has_no_say_but_its_texts_stay() -> None:
    shares = together(said((words("1234"), None)), codes([("1235", 0.9), ("1234", 0.1)]))
    assert list(shares)[:2] == ["1235", "1234"]


@st.composite
def n_bests(draw: st.DrawFn, size: tuple[int, int] = (1, 12)) -> Shares:
    """Different codes with shares, the likeliest first; no two sums of shares are equal."""
    low, high = size
    found = draw(st.lists(st.text("1234567", min_size=low, max_size=high), max_size=10, unique=True))
    total = sum(2.0**-at for at in range(len(found)))
    return [(code, 2.0**-at / total) for at, code in enumerate(found)]


@given(n_bests(), n_bests(), st.booleans())
def test_posteriors_are_sorted_and_add_up_to_no_more_than_all(first: Shares, second: Shares, digits: bool) -> None:
    shares = [one.confidence for one in fused((codes(first), codes(second)), TRUSTS, digits=digits).hypotheses]
    known = [share for share in shares if share is not None]
    assert len(known) == len(shares) <= ALTERNATIVES
    assert known == sorted(known, reverse=True)
    assert all(0 <= share <= 1 for share in known)
    assert sum(known) <= 1 + 1e-9


@given(n_bests((3, 4)), n_bests((3, 4)), st.randoms(use_true_random=False))
def test_the_order_within_an_n_best_changes_nothing(first: Shares, second: Shares, rng: Random) -> None:
    shares = together(codes(first), codes(second))
    shuffled = together(codes(rng.sample(first, len(first))), codes(rng.sample(second, len(second))))
    assert list(shuffled.values()) == pytest.approx(list(shares.values()))
    cut = min(shares.values(), default=0.0) + 1e-9  # of equal ones at the end, some are left out
    assert {code for code, share in shares.items() if share > cut} <= set(shuffled)
    assert {code: shuffled[code] for code in shares if code in shuffled} == pytest.approx(
        {code: share for code, share in shares.items() if code in shuffled}
    )


def favouring(code: str, others: Shares, share: float) -> Utterance:
    rest = [(other, part * (1 - share)) for other, part in others if other != code]
    return codes([(code, 1 - sum(part for _, part in rest)), *rest])


@given(st.text("1234567", min_size=8, max_size=8), n_bests((8, 8)), n_bests((8, 8)), st.floats(0.51, 1))
def test_a_code_that_both_hold_likelier_than_not_wins(code: str, some: Shares, more: Shares, share: float) -> None:
    assert best(together(favouring(code, some, share), favouring(code, more, share))) == code


@given(st.text("1234567", min_size=4, max_size=10), n_bests(), n_bests(), st.floats(0.9, 1))
def test_a_code_that_both_are_sure_of_wins_over_any_length(code: str, some: Shares, more: Shares, share: float) -> None:
    assert best(together(favouring(code, some, share), favouring(code, more, share))) == code


@pytest.mark.parametrize(
    ("first", "second", "expect", "shown"),
    [
        ("1234", "12345", Expect.CODE, "12345"),
        ("12", "1234", Expect.CODE, "1234"),
        ("1234", "123", Expect.CODE, "1234"),
        ("", "123", Expect.CODE, ""),
        ("1234", "12345", Expect.YES_NO, "1234"),
    ],
)
def test_partial_words_are_those_that_have_come_a_little_further(
    first: str, second: str, expect: Expect, shown: str
) -> None:
    stream = FusedRecognizer(ScriptedRecognizer(words(first)), ScriptedRecognizer(words(second))).open(expect)
    assert stream.accept(LOUD) == words(shown)


def test_a_turn_is_heard_by_both() -> None:
    first, second = ScriptedRecognizer(words("1234")), ScriptedRecognizer(codes([("1235", 0.9), ("1234", 0.1)]))
    recognizer = FusedRecognizer(first, second, TRUSTS)
    stream = recognizer.open(Expect.CODE)
    assert stream.accept(silence(100)) == ""
    assert stream.accept(LOUD) == words("1234")
    assert stream.finish() == fused(
        (codes([("1234", 1.0)]), codes([("1235", 0.9), ("1234", 0.1)])), TRUSTS, digits=True
    )
    assert first.expected == second.expected == [Expect.CODE]
    assert recognizer.capabilities.n_best
    assert recognizer.capabilities.confidence


@pytest.mark.parametrize("expect", [each for each in Expect if each is not Expect.CODE])
def test_only_codes_are_mixed(expect: Expect) -> None:
    stream = FusedRecognizer(ScriptedRecognizer(words("1243")), ScriptedRecognizer(words("2143"))).open(expect)
    stream.accept(LOUD)
    assert {one.text for one in stream.finish().hypotheses} == {words("1243"), words("2143")}
