"""Numbers disappear from text that is written down, however they were said; nothing else does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.digits import hear_digits
from bot.vietnamese.masking import mask_numbers
from bot.vietnamese.sayings import SpeakingStyle, say_code


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("không một hai", "• • •"),
        ("mã số là 0123 456", "mã số là •••• •••"),
        ("chín mươi mốt", "• • •"),
        ("một trăm linh năm", "• • • •"),
        ("cấp lại mật khẩu", "cấp lại mật khẩu"),
        ("dạ đúng rồi ạ", "dạ đúng rồi ạ"),
        ("GD4790", "GD••••"),
        ("hông bẩy tư lăm", "• • • •"),
        ("", ""),
    ],
)
def test_masks_numbers_and_only_numbers(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@given(st.text("0123456789", min_size=4, max_size=12), st.sampled_from(SpeakingStyle), st.integers(0, 999))
def test_no_code_can_be_heard_in_masked_text_whatever_the_style(digits: str, style: SpeakingStyle, seed: int) -> None:
    said = say_code(digits, random.Random(seed), style)
    assert hear_digits(mask_numbers(said)).digits == ""
