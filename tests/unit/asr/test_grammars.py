"""The words of each turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.asr.grammars import DIGITS, UNKNOWN, Grammars
from bot.errors import DialogueError
from bot.replies import Expect

NLU = """\
version: "3.1"
nlu:
  - intent: reset_password
    examples: |
      - Cấp lại mật khẩu, ạ
      - cấp lại [mật khẩu](thing) [vssid]{"entity": "app"}
  - intent: give_code
    examples: |
      - mã số là chín một
      - 0123456789
  - intent: no_input
    examples: |
      - [im lặng]
  - synonym: mật khẩu
    examples: |
      - mật
"""


def grammars(folder: Path, text: str = NLU) -> Grammars:
    (folder / "commands.yml").write_text(text, encoding="utf-8")
    return Grammars(folder)


def test_commands_come_from_the_nlu_files_without_marks(tmp_path: Path) -> None:
    assert grammars(tmp_path).phrases(Expect.MENU) == (
        "cấp lại mật khẩu ạ",
        "cấp lại mật khẩu vi ét ét ai đi",
        UNKNOWN,
    )


@pytest.mark.parametrize("expect", list(Expect))
def test_a_cough_has_a_word_in_every_turn(tmp_path: Path, expect: Expect) -> None:
    assert UNKNOWN in grammars(tmp_path).phrases(expect)


def test_a_code_turn_has_digits_in_any_order_and_commands(tmp_path: Path) -> None:
    phrases = grammars(tmp_path).phrases(Expect.CODE)
    assert {f"{first} {second}" for first in DIGITS for second in DIGITS} <= set(phrases)
    assert {"không phải", "đọc lại từ đầu", "cấp lại mật khẩu ạ"} <= set(phrases)


def test_a_yes_no_turn_has_answers_and_digits_for_corrections(tmp_path: Path) -> None:
    assert {"đúng", "không", "sai rồi", *DIGITS} <= set(grammars(tmp_path).phrases(Expect.YES_NO))


def test_numbers_are_not_heard_where_none_is_asked(tmp_path: Path) -> None:
    assert "mã số là chín một" not in grammars(tmp_path).phrases(Expect.CLOSING)


def test_no_phrase_stands_twice(tmp_path: Path) -> None:
    phrases = grammars(tmp_path).phrases(Expect.YES_NO)
    assert len(phrases) == len(set(phrases))


def test_decomposed_letters_are_composed(tmp_path: Path) -> None:
    decomposed = "nlu:\n  - intent: repeat\n    examples: |\n      - nha\u0306\u0301c la\u0323i\n"
    assert "nhắc lại" in grammars(tmp_path, decomposed).phrases(Expect.MENU)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nlu:\n  - intent: a\n   examples: x\n", ":3: "),
        ("nlu: 5\n", ":1: "),
        ("", ":1: "),
        ("nlu:\n  - intent: a\n    examples: |\n      - b\n  - c\n", ":5: "),
        ("nlu:\n  - intent: a\n", ":2: "),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(DialogueError, match=rf"commands\.yml{line}"):
        grammars(tmp_path, text)


def test_a_folder_without_nlu_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(DialogueError, match="NLU"):
        Grammars(tmp_path / "absent")
