"""One spelling for Vietnamese text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.text import normalise, words

TWINS = """
hoà hòa|thuỷ thủy|huỷ hủy|uý úy|hoá hóa|toà tòa|khoẻ khỏe|xoá xóa|loè lòe|uỷ ủy|tuỳ tùy|luỹ lũy|thuý thúy|oà òa|hoạ họa
quý quý|qúy quý|giá giá|gía giá|già già|gìơ giờ
quá quá|qúa quá|của của|cuả của|bảy bảy|tòan toàn|hòang hoàng|huỳnh huỳnh
khuỷu khuỷu|ngoài ngoài|thuở thuở|mười mười|rượu rượu|nghĩa nghĩa|gì gì|quốc quốc|quyển quyển|đĩa đĩa
giữa giữa|thuế thuế
hủy hủy|mía mía|xoáy xoáy|hoàn hoàn|giếng giếng|gíup giúp|chuyện chuyện|người người|uống uống|yếu yếu|ý ý|à à
"""

PLAIN = [
    ("  Dạ,  MÃ số: 091-234.567 ạ! ", "dạ mã số 091 234 567 ạ"),
    ("Không... không, ba?", "không không ba"),
    ("[unk] năm", "unk năm"),
    ("snake_case", "snake case"),
    ("", ""),
    ("\u200bhai\u200b", "hai"),
    ("ĐỌC LẠI", "đọc lại"),
    ("café", "café"),
]


@pytest.mark.parametrize("pair", [pair for line in TWINS.split("\n") for pair in line.split("|") if pair])
def test_twins_of_tone_placement_become_one_spelling(pair: str) -> None:
    written, spelling = pair.split()
    assert normalise(written) == spelling
    assert normalise(unicodedata.normalize("NFD", written)) == spelling
    assert normalise(written.upper()) == spelling


@pytest.mark.parametrize(("written", "plain"), PLAIN)
def test_case_punctuation_and_spaces_do_not_matter(written: str, plain: str) -> None:
    assert normalise(written) == plain
    assert words(written) == plain.split()


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="aăâeêioôơuưyáàảãạóòỏõọúùủũụýỳỷỹỵbcdghklmnpqrstvx \u0300\u0301\u0303\u0309\u0323"))
def test_normalising_twice_changes_nothing_in_words_with_tones(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
