import pytest

from bot.reset.phone import national_form


@pytest.mark.parametrize(
    "written",
    [
        "0912345678",
        "+84912345678",
        "84912345678",
        "0084912345678",
        "+84 912.345.678",
        "0912 345 678",
        "091-234-5678",
        "(+84) 912 345 678",
        "+84 (0) 912 345 678",
        "0912\u00a0345\u00a0678",
    ],
)
def test_every_way_to_write_a_number_has_one_form(written: str) -> None:
    assert national_form(written) == "0912345678"


def test_a_number_that_begins_with_84_after_its_zero_is_left_alone() -> None:
    assert national_form("0842345678") == "0842345678"


def test_fixed_lines_have_eleven_digits() -> None:
    assert national_form("+84 24 3789 9999") == "02437899999"


@pytest.mark.parametrize(
    "other",
    ["", "anonymous", "912345678", "091234567", "09123456789", "+14155550100", "19009068", "0012345678", "٠٩١٢٣٤٥٦٧٨"],
)
def test_what_is_no_vietnamese_number_is_none(other: str) -> None:
    assert national_form(other) is None
