"""An edit changes the lines that it is about, and nothing else in the file."""

from __future__ import annotations

from difflib import ndiff
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.design.editing import Edit, ExamplesEdit, TextEdit, example_blocks, one_line
from bot.errors import DialogueError
from tests.unit.design.copies import OWN

FILE = Path("domain.yml")
STYLES = """# Đầu tệp.
responses:
  utter_x:
    - text: "Xin chào."   # ghi chú
      metadata: {expect: menu}
    - text: 'Bỏ ''VssID'' đi'
    - text: lời trần # ghi chú
    - text: |
        dòng một
        dòng hai
      # sau khối
    - text: >-
        gập một
        hai

    - {text: "trong ngoặc, một", metadata: {expect: menu}}
    - text:
        trải ra
        hai dòng
  # cuối
  utter_y: [{text: &chung "a"}, {text: *chung}]
"""
NLU = """nlu:
  - intent: ask_fee # cước
    examples: |
      - cước bao nhiêu

      # của người miền Nam
      - mất nhiêu tiền
      -   [một phút](time) bao nhiêu
  - intent: affirm
    examples:
      - text: |
          - dạ đúng
"""


def changed(before: str, after: str) -> list[str]:
    """What a diff of the two shows."""
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]


def words(text: str, variation: int) -> str:
    return str(YAML(typ="safe", pure=True).load(text)["responses"]["utter_x"][variation]["text"])


def said(variation: int, text: str, before: str = STYLES) -> str:
    return TextEdit(response="utter_x", variation=variation, text=text).apply(FILE, before)


@pytest.mark.parametrize(
    ("variation", "text", "shown"),
    [
        (0, " Mới,\n {a}. ", {'-     - text: "Xin chào."   # ghi chú', '+     - text: "Mới, {a}."   # ghi chú'}),
        (1, "Nói 'được'.", {"-     - text: 'Bỏ ''VssID'' đi'", "+     - text: 'Nói ''được''.'"}),
        (2, "lời mới", {"-     - text: lời trần # ghi chú", "+     - text: lời mới # ghi chú"}),
        (2, "mới: #1", {"-     - text: lời trần # ghi chú", "+     - text: 'mới: #1' # ghi chú"}),
        (3, "mới: #1", {"-         dòng một", "-         dòng hai", "+         mới: #1"}),
        (4, "- mới", {"-         gập một", "-         hai", "+         - mới"}),
        (6, "lời mới", {"-         trải ra", "-         hai dòng", "+         lời mới"}),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_words_keep_the_style_and_the_remarks(variation: int, text: str, shown: set[str], ending: str) -> None:
    before = STYLES.replace("\n", ending)
    after = said(variation, text, before)
    assert set(changed(before, after)) == shown
    assert words(after, variation).strip() == one_line(text)
    assert after.count("\r") == (after.count("\n") if ending == "\r\n" else 0)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6), st.text(min_size=1, max_size=20))
def test_any_words_are_read_back_as_they_were_written(variation: int, text: str) -> None:
    assert words(said(variation, text), variation).strip() == one_line(text)


def test_the_same_words_leave_the_file_as_it_is() -> None:
    assert said(1, "Bỏ 'VssID' đi") == STYLES


def test_letters_are_composed_and_what_is_invisible_goes() -> None:
    assert one_line("mã\u200b số\u00a0 \x07bảo\thiểm ") == "mã số bảo hiểm"


@pytest.mark.parametrize(
    ("examples", "shown"),
    [
        (["cước bao nhiêu", "mất nhiêu tiền", "[một phút](time) bao nhiêu", "- thêm", ""], ["+       - thêm"]),
        (["cước bao nhiêu", "mới", "mất nhiêu tiền", "[một phút](time) bao nhiêu"], ["+       - mới"]),
        (["cước bao nhiêu", "[một phút](time) bao nhiêu"], ["-       - mất nhiêu tiền"]),
        (["cước sao", "mất nhiêu tiền", "một phút"], ["-       - cước bao nhiêu", "+       - cước sao",
         "-       -   [một phút](time) bao nhiêu", "+       - một phút"]),
    ],
)  # fmt: skip
def test_only_the_examples_that_change_are_written(examples: list[str], shown: list[str]) -> None:
    after = ExamplesEdit(intent="ask_fee", block=0, examples=tuple(examples)).apply(FILE, NLU)
    assert sorted(changed(NLU, after)) == sorted(shown)


def test_a_last_line_without_an_end_gets_one() -> None:
    before = "nlu:\n  - intent: a\n    examples: |\n      - một"
    after = ExamplesEdit(intent="a", block=0, examples=("một", "hai")).apply(FILE, before)
    assert after == before + "\n      - hai\n"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (TextEdit(response="utter_y", variation=0, text="b"), "domain.yml:21: giá trị này dùng chung"),
        (TextEdit(response="utter_y", variation=1, text="b"), "domain.yml:21: giá trị này dùng chung"),
        (TextEdit(response="utter_z", variation=0, text="b"), "không thấy responses › utter_z › 0 › text"),
        (TextEdit(response="utter_x", variation=9, text="b"), "tải lại trang"),
        (TextEdit(response="utter_x", variation=-1, text="b"), "tải lại trang"),
        (ExamplesEdit(intent="deny", block=0, examples=("b",)), "domain.yml:2: ở đây không còn là ví dụ của deny"),
        (ExamplesEdit(intent="ask_fee", block=0, examples=(" ", "-")), "ask_fee cần ít nhất một ví dụ"),
        (ExamplesEdit(intent="affirm", block=1, examples=("b",)), "không thấy nlu › 1 › examples"),
    ],
)
def test_what_cannot_be_edited_is_told_with_its_line(edit: Edit, told: str) -> None:
    with pytest.raises(DialogueError, match=told):
        edit.apply(FILE, STYLES if isinstance(edit, TextEdit) else NLU)


def test_a_file_that_is_no_yaml_is_told_with_its_line() -> None:
    with pytest.raises(DialogueError, match=r"domain\.yml:23: YAML sai cú pháp"):
        said(0, "b", STYLES + "x: [\n")


def test_every_sentence_and_example_of_the_project_can_be_edited() -> None:
    blocks = list(example_blocks(OWN))
    assert all(block.editable and block.examples for block in blocks)
    for block in blocks[::8]:
        before = block.at.file.read_text(encoding="utf-8")
        edit = ExamplesEdit(intent=block.intent, block=block.number, examples=(*block.examples, "một câu mới"))
        assert changed(before, edit.apply(block.at.file, before)) == ["+       - một câu mới"]
    before = OWN.domain.read_text(encoding="utf-8")
    edit = TextEdit(response="utter_ask_reset_form_bhxh_code", variation=3, text="Nghe {partial_code}.")
    old, new = changed(before, edit.apply(OWN.domain, before))
    assert "Tôi đã nghe {partial_code}. Mời quý khách đọc tiếp." in old
    assert new == '+       text: "Nghe {partial_code}."'
