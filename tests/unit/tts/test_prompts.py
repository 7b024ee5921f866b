"""The catalog of everything that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import PromptError
from bot.tts.prompts import DIGITS, Piece, Place, Prompt, PromptCatalog, parts

DOMAIN = """\
version: "3.1"
intents: [affirm]
responses:
  utter_hello:
    - text: "Xin chào."
    - text: "Chào quý khách."
  utter_password:
    - text: "Mật khẩu là: {password}. Xin nhắc lại: {password}."
      metadata: {expect: closing}
"""


def load(folder: Path, text: str) -> PromptCatalog:
    (folder / "domain.yml").write_text(text, encoding="utf-8")
    return PromptCatalog.load(folder / "domain.yml")


def test_variations_and_pieces_have_their_own_names(tmp_path: Path) -> None:
    assert [(piece.id, piece.text) for piece in load(tmp_path, DOMAIN).pieces] == [
        ("utter_hello", "Xin chào."),
        ("utter_hello.2", "Chào quý khách."),
        ("utter_password-1", "Mật khẩu là"),
        ("utter_password-2", "Xin nhắc lại"),
        *((digit.id, digit.text) for digit in DIGITS),
    ]


def test_digits_are_prompts() -> None:
    assert [digit.id for digit in DIGITS] == [f"digit_{number}" for number in range(10)]
    assert " ".join(digit.text for digit in DIGITS) == "không một hai ba bốn năm sáu bảy tám chín"


def test_places_stand_between_the_pieces() -> None:
    assert parts("utter_code", "Mã số là {code}, đúng không ạ?") == (
        Piece("utter_code-1", "Mã số là"),
        Place("code"),
        Piece("utter_code-2", "đúng không ạ?"),
    )


def test_bare_punctuation_is_no_piece() -> None:
    assert parts("utter_code", "{code}.") == (Place("code"),)


def test_a_folder_of_domain_files_is_one_catalog(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("responses:\n  utter_a:\n    - text: a\n", encoding="utf-8")
    (tmp_path / "b.yml").write_text("intents: [b]\n", encoding="utf-8")
    (tmp_path / "c.yml").write_text("responses:\n  utter_c:\n    - text: c\n", encoding="utf-8")
    assert [prompt.id for prompt in PromptCatalog.load(tmp_path).prompts] == ["utter_a", "utter_c"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("responses:\n  utter_a:\n    - text: a\n    - condition: []\n", ":4: "),
        ("responses:\n  utter_a:\n    - text: ''\n", ":3: "),
        ("responses:\n  utter_a: []\n", ":2: "),
        ("responses: [utter_a]\n", ":1: "),
        ("responses:\n  utter_a:\n   - text: 'a\n", ":4: "),
        ("- a\n", ":1: "),
    ],
)
def test_a_wrong_response_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(PromptError, match=rf"domain\.yml{line}"):
        load(tmp_path, text)


def test_a_missing_domain_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="domain"):
        PromptCatalog.load(tmp_path / "domain.yml")


def test_a_voice_artist_reads_digits_place_by_place_then_prompts() -> None:
    catalog = PromptCatalog((Prompt("utter_b", "Mã là {code}, đúng không?"), Prompt("utter_a", "Xin chào")))
    ids = [piece.id for piece in catalog.recordable]
    assert ids[:2] == ["digit_0", "digit_1"]
    assert ids[10:12] == ["digit_0-group", "digit_1-group"]
    assert ids[20:22] == ["digit_0-last", "digit_1-last"]
    assert ids[30:] == ["utter_b-1", "utter_b-2", "utter_a"]
