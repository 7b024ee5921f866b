"""Which number a caller gave."""

import pytest

from bot.vietnamese.digits import hear_digits
from bot.vietnamese.numbers import NumberKind, fitting, kind

TEN = (10,)
BOTH = (10, 12)
CALLER = "0912345678"


@pytest.mark.parametrize(
    ("saying", "lengths", "expected"),
    [
        ("không một hai ba bốn năm sáu bảy tám chín", TEN, NumberKind.COMPLETE),
        ("không một hai ba bốn năm sáu bảy tám", TEN, NumberKind.SHORT),
        ("không", TEN, NumberKind.SHORT),
        ("01234567891", TEN, NumberKind.LONG),
        ("01234567891", BOTH, NumberKind.SHORT),
        ("037194002568", TEN, NumberKind.CITIZEN_ID),
        ("037194002568", BOTH, NumberKind.COMPLETE),
        ("căn cước công dân của em là 037194002568", TEN, NumberKind.CITIZEN_ID),
        ("4790123456789", TEN, NumberKind.INSURANCE_CARD),
        ("4790123456789", BOTH, NumberKind.INSURANCE_CARD),
        ("GD4790123456789", TEN, NumberKind.INSURANCE_CARD),
        ("gờ đê bốn bảy chín", TEN, NumberKind.INSURANCE_CARD),
        ("gờ đê", TEN, NumberKind.INSURANCE_CARD),
        ("014790123456789", TEN, NumberKind.INSURANCE_CARD),
        ("0912345678", TEN, NumberKind.PHONE_NUMBER),
        ("không chín một hai ba bốn năm sáu bảy tám", TEN, NumberKind.PHONE_NUMBER),
        ("0912345679", TEN, NumberKind.COMPLETE),
        ("số điện thoại của em là 0987654321", TEN, NumberKind.PHONE_NUMBER),
        ("số điện thoại của em", TEN, NumberKind.NONE),
        ("dạ vâng", TEN, NumberKind.NONE),
        ("", TEN, NumberKind.NONE),
        ("hai số không một hai ba bốn năm sáu bảy tám", TEN, NumberKind.COMPLETE),
        ("hai số không một hai ba bốn năm sáu bảy", TEN, NumberKind.SHORT),
        ("mười năm một hai ba bốn năm sáu bảy", TEN, NumberKind.COMPLETE),
        ("mười năm một hai ba bốn năm sáu bảy tám", TEN, NumberKind.COMPLETE),
        ("mười năm một hai ba bốn năm sáu", TEN, NumberKind.SHORT),
    ],
)
def test_a_number_is_told_by_its_length_and_by_the_words_around_it(
    saying: str, lengths: tuple[int, ...], expected: NumberKind
) -> None:
    assert kind(hear_digits(saying), lengths=lengths, caller=CALLER) is expected


@pytest.mark.parametrize("caller", ["0912345678", "+84912345678", "84912345678", "0912 345 678", "+84 912-345-678"])
def test_the_callers_own_number_is_known_in_every_form(caller: str) -> None:
    assert kind("0912345678", lengths=TEN, caller=caller) is NumberKind.PHONE_NUMBER


def test_an_unknown_caller_has_no_number() -> None:
    assert kind("0912345678", lengths=TEN, caller=None) is NumberKind.COMPLETE
    assert kind("0912345678", lengths=TEN, caller="anonymous") is NumberKind.COMPLETE
    assert kind("", lengths=TEN, caller=None) is NumberKind.NONE


def test_the_readings_that_are_as_long_as_a_code_fit() -> None:
    heard = hear_digits("mười năm một hai ba bốn năm sáu bảy")
    assert heard.readings == ("151234567", "1051234567")
    assert fitting(heard, TEN) == ("1051234567",)
