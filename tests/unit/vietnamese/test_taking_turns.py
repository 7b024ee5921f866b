"""Who wants the turn, and who only listens."""

from __future__ import annotations

import pytest

from bot.vietnamese.taking_turns import takes_the_turn


@pytest.mark.parametrize(
    "words", ["không", "sai rồi", "đúng", "dạ không", "gặp tổng đài viên", "khoan", "đọc lại", "chờ tôi một chút"]
)
def test_these_want_the_turn(words: str) -> None:
    assert takes_the_turn(words)


@pytest.mark.parametrize("words", ["", "ừ", "ừ ừ", "dạ", "dạ vâng ạ", "rồi", "tiền", "à tôi", "ba"])
def test_these_do_not(words: str) -> None:
    assert not takes_the_turn(words)
