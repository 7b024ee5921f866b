"""One group of a code in doubt: when it is asked for, and what the answer makes of the code."""

from __future__ import annotations

import random

import pytest

from bot.dialogue.code_slot import Notice
from bot.dialogue.doubt import asked_group, doubt, keyed_again, said_again
from bot.dialogue.posterior import CodePosterior
from bot.vietnamese.places import Place
from bot.vietnamese.sayings import SpeakingStyle, say_code
from bot.vietnamese.speech import group_sizes, grouped

CODE = "0123456789"
FIRST, MIDDLE, LAST = Place(0, 4), Place(4, 7), Place(7, 10)


def doubtful(*places: int, size: int = 10) -> CodePosterior:
    return CodePosterior(0.5, tuple(0.5 if at in places else 1.0 for at in range(size)))


@pytest.mark.parametrize(
    ("places", "question", "group"),
    [
        ((0,), Notice.DOUBT_FIRST_4, FIRST),
        ((0, 3), Notice.DOUBT_FIRST_4, FIRST),
        ((4,), Notice.DOUBT_MIDDLE_3, MIDDLE),
        ((4, 5, 6), Notice.DOUBT_MIDDLE_3, MIDDLE),
        ((7, 9), Notice.DOUBT_LAST_3, LAST),
        ((3, 4), None, None),
        ((0, 9), None, None),
        ((), None, None),
    ],
)
def test_the_group_that_holds_every_doubt_is_asked_for(
    places: tuple[int, ...], question: Notice | None, group: Place | None
) -> None:
    assert doubt(CODE, doubtful(*places), below=0.6) is question
    assert asked_group(CODE, question) == group


@pytest.mark.parametrize(
    ("below", "asks"), [(0.0, False), (0.5, False), (0.51, True), (1.0, True)], ids=["never", "at", "below", "most"]
)
def test_a_digit_is_doubtful_below_the_threshold(below: float, asks: bool) -> None:
    assert (doubt(CODE, doubtful(8), below=below) is not None) is asks


def test_without_a_posterior_nothing_is_in_doubt() -> None:
    assert doubt(CODE, None, below=1.0) is None


@pytest.mark.parametrize("size", range(4, 21))
def test_a_question_names_a_group_as_it_is_read_out(size: int) -> None:
    code = "1" * size
    asked = [doubt(code, doubtful(at, size=size), below=0.6) for at in range(size)]
    assert any(asked) == (size in {9, 10, 11, 12})  # three groups have names
    for at, question in enumerate(asked):
        group = asked_group(code, question)
        if group is not None:
            assert group.start <= at < group.end
            spoken = grouped("".join("5" if group.start <= n < group.end else "1" for n in range(size)))
            assert [len(set(words.split())) for words in spoken] == [1] * len(group_sizes(size))


@pytest.mark.parametrize("notice", [None, "missed_1", "denied", "doubt_last_4", "nonsense"])
def test_other_questions_ask_for_no_group(notice: str | None) -> None:
    assert asked_group(CODE, notice) is None


def test_without_a_code_no_group_is_asked_for() -> None:
    assert asked_group(None, "doubt_first_4") is None


@pytest.mark.parametrize(
    ("group", "texts", "expected"),
    [
        (LAST, ["năm năm năm"], "0123456555"),
        (LAST, ["năm năm", "năm năm năm"], "0123456555"),  # as with whole codes, the one that fits is taken
        (FIRST, ["năm năm năm năm"], "5555456789"),
        (MIDDLE, ["năm năm năm"], "0123555789"),
        (MIDDLE, ["ba năm năm năm"], "0123555789"),  # with a digit before it
        (MIDDLE, ["năm năm năm bảy tám chín"], "0123555789"),
        (LAST, ["bốn năm sáu năm năm năm"], "0123456555"),
        (LAST, ["ba số bảy"], "0123456777"),
        (FIRST, ["số thứ hai là năm"], "0523456789"),
        (LAST, ["số cuối là năm"], "0123456785"),
        (LAST, ["số thứ hai là năm"], None),  # of the code, or of the group?
        (LAST, ["năm năm"], None),
        (LAST, ["năm"], None),
        (LAST, ["năm năm năm năm"], None),
        (LAST, ["hai hai năm năm năm"], None),  # what is around it does not agree
        (LAST, ["không nhớ", "năm năm năm"], None),  # digits were not what was heard best
        (LAST, ["à nhầm"], None),
        (LAST, ["đúng"], None),
        (LAST, [""], None),
    ],
)
def test_what_a_spoken_answer_makes_of_the_code(group: Place, texts: list[str], expected: str | None) -> None:
    assert said_again(CODE, group, texts) == expected


def test_an_answer_that_fits_in_two_ways_is_left_open() -> None:
    assert said_again("1111111111", MIDDLE, ["một một hai một một"]) is None
    assert keyed_again("1111111111", MIDDLE, "1112111") is None
    assert keyed_again("1111111111", MIDDLE, "1111") == "1111111111"


@pytest.mark.parametrize("seed", range(100))
def test_a_group_said_in_any_style_replaces_that_group_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    code = "".join(rng.choices("0123456789", k=rng.choice((10, 12))))
    at = rng.randrange(len(code))
    group = asked_group(code, doubt(code, doubtful(at, size=len(code)), below=0.6))
    assert group is not None
    digits = "".join(rng.choices("0123456789", k=group.end - group.start))
    expected = code[: group.start] + digits + code[group.end :]
    style = rng.choice((SpeakingStyle.SINGLES, SpeakingStyle.PAIRS, SpeakingStyle.HUNDREDS, SpeakingStyle.FILLERS))
    assert said_again(code, group, [say_code(digits, rng, style)]) == expected
    assert keyed_again(code, group, digits) == expected
