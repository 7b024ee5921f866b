"""The words of a recording against its text."""

from __future__ import annotations

import pytest

from bot.cli.prompt_check import other_words
from bot.evaluate.voice import HeardText

WRITTEN = "mời quý khách đọc mã số bảo hiểm xã hội"


def differing(written: str, heard: str) -> tuple[str, bool] | None:
    found = other_words(HeardText(tuple(written.split()), tuple(heard.split()), None))
    return (found.message.partition(":")[0], found.grave) if found else None


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(WRITTEN, id="the words"),
        pytest.param(WRITTEN.replace("mã", "má").replace("đọc", "đọt"), id="other tones and finals"),
        pytest.param(WRITTEN.replace("khách", "cách"), id="another onset"),
    ],
)
def test_what_recognisers_mishear_is_no_difference(heard: str) -> None:
    assert differing(WRITTEN, heard) is None


@pytest.mark.parametrize(
    ("heard", "told", "grave"),
    [
        (WRITTEN.replace("đọc ", ""), "thiếu “đọc”", False),
        (f"{WRITTEN} ạ", "thừa “ạ”", False),
        (WRITTEN.replace("quý khách", "anh chị"), "“quý khách” nghe ra “anh chị”", False),
        (WRITTEN.replace("mời quý khách đọc", "xin anh"), "“mời quý khách đọc” nghe ra “xin anh”", True),
        ("mời quý khách", "thiếu “đọc mã số bảo hiểm xã hội”", True),
        ("", "máy không nghe ra lời nào", True),
    ],
)
def test_other_words_are_told_and_many_are_grave(heard: str, told: str, grave: bool) -> None:
    assert differing(WRITTEN, heard) == (told, grave)


def test_a_digit_for_another_is_always_a_difference() -> None:
    assert differing("ba", "bảy") == ("“ba” nghe ra “bảy”", True)
    assert differing("hai", "hai hai") == ("thừa “hai”", True)


def test_of_many_differences_the_first_are_shown() -> None:
    found = differing("một đi hai về ba ở bốn xa năm", "đi về ở xa")
    assert found == ("thiếu “một”; thiếu “hai”; thiếu “ba” …", True)
