"""What a made-up caller says is heard as it was meant, in every style."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.digits import digit_count, hear_digits, joined
from bot.vietnamese.sayings import SpeakingStyle, say_code

DIGITS = st.one_of(
    st.text(alphabet="0123456789", max_size=16),
    st.text(alphabet="0123456789", min_size=10, max_size=10),
    st.text(alphabet="015", max_size=16),
)
STYLES = st.sampled_from(SpeakingStyle)


@given(DIGITS, st.integers(0, 2**32), STYLES)
def test_a_saying_is_heard_as_the_digits_it_stands_for(digits: str, seed: int, style: SpeakingStyle) -> None:
    heard = hear_digits(say_code(digits, random.Random(seed), style))
    assert heard.digits == digits
    assert len(heard.readings) <= 1
    assert heard.rest == ()


@given(
    st.lists(st.tuples(st.text(alphabet="0123456789", min_size=1, max_size=5), STYLES), min_size=1, max_size=5),
    st.integers(0, 99),
)
def test_a_number_said_in_several_turns_and_styles_is_joined(parts: list[tuple[str, SpeakingStyle]], seed: int) -> None:
    rng = random.Random(seed)
    number = ""
    for digits, style in parts:
        heard = hear_digits(say_code(digits, rng, style))
        number = joined("" if style is SpeakingStyle.RESTARTED else number, heard)[0]
    start = max([at for at, (_, style) in enumerate(parts) if style is SpeakingStyle.RESTARTED], default=0)
    assert number == "".join(digits for digits, _ in parts[start:])


@given(DIGITS, st.integers(0, 99))
def test_the_count_grows_with_each_digit_said_singly(digits: str, seed: int) -> None:
    spoken = say_code(digits, random.Random(seed), SpeakingStyle.SINGLES).split()
    assert [digit_count(" ".join(spoken[: at + 1])) for at in range(len(spoken))] == list(range(1, len(digits) + 1))


@given(st.text(alphabet="0123456789", min_size=10, max_size=10), STYLES)
def test_one_seed_gives_one_saying(digits: str, style: SpeakingStyle) -> None:
    assert say_code(digits, random.Random(8), style) == say_code(digits, random.Random(8), style)


@pytest.mark.parametrize(
    ("digits", "style", "saying"),
    [
        ("9123", SpeakingStyle.PAIRS, "chín mốt, hai ba"),
        ("9120", SpeakingStyle.FULL_PAIRS, "chín mươi mốt, hai mươi"),
        ("203", SpeakingStyle.PAIRS, "hai mươi rồi ba"),
        ("2005", SpeakingStyle.FULL_PAIRS, "hai mươi, không năm"),
        ("0123456789", SpeakingStyle.GROUPS, "không một hai ba, bốn năm sáu, bảy tám chín"),
        ("200011", SpeakingStyle.HUNDREDS, "hai trăm rồi không trăm mười một"),
        ("88800", SpeakingStyle.REPEATS, "ba con tám hai con không"),
        ("1115", SpeakingStyle.FULL_PAIRS, "mười một, mười lăm"),
    ],
)
def test_each_style_sounds_like_people(digits: str, style: SpeakingStyle, saying: str) -> None:
    assert say_code(digits, random.Random(1), style) == saying
