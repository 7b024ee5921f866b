"""The same example twice, in whatever spelling, is told with both lines."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from bot.design.examples import check_examples, check_unicode
from bot.design.findings import At, Severity
from bot.design.mishearing import check_mishearing
from bot.design.sources import Example, Variation

FILE = Path("nlu.yml")


def examples(*pairs: tuple[str, str]) -> list[Example]:
    return [Example(intent, text, At(FILE, number)) for number, (intent, text) in enumerate(pairs, start=1)]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("hủy hòa giải", "nlu.yml:1)"),
        (unicodedata.normalize("NFD", "hủy hòa giải"), "khác dạng Unicode"),
        ("hủy hoà giải", "khác chỗ đặt dấu thanh"),
        ("Hủy, hòa giải!", "chỉ khác cách viết"),
    ],
)
def test_a_twin_in_another_intent_is_an_error(text: str, how: str) -> None:
    (finding,) = check_examples(examples(("cancel", "hủy hòa giải"), ("deny", text)))
    assert (finding.severity, finding.kind) == (Severity.ERROR, "example_in_two_intents")
    assert finding.at == At(FILE, 2)
    assert "cancel (nlu.yml:1" in finding.message
    assert how in finding.message


def test_a_twin_in_the_same_intent_is_a_warning() -> None:
    (finding,) = check_examples(examples(("cancel", "hủy hòa giải"), ("cancel", "hủy hoà giải")))
    assert (finding.severity, finding.kind, finding.at.line) == (Severity.WARNING, "example_twice", 2)


def test_other_words_are_no_twins() -> None:
    assert not list(check_examples(examples(("deny", "không"), ("deny", "không ạ"), ("affirm", "có"))))


def test_what_the_bot_says_is_composed_unicode() -> None:
    def said(text: str) -> Variation:
        return Variation(
            response="utter_a", prompt_id="utter_a", text=text, metadata={}, conditions=(), at=At(FILE, 3)
        )  # fmt: skip

    (finding,) = check_unicode([said("Hủy"), said(unicodedata.normalize("NFD", "Hủy"))])
    assert finding.at == At(FILE, 3)


@pytest.mark.parametrize(
    ("one", "other", "pairs"),
    [
        ("trả tiền", "chả tiền", "trả/chả"),
        ("sai số", "xai xố", "sai/xai, số/xố"),
        ("làm lại", "nàm lại", "làm/nàm"),
        ("giữ máy", "dữ máy", "giữ/dữ"),
        ("rồi ạ", "dồi ạ", "rồi/dồi"),
        ("mất sổ", "mấc sỗ", "mất/mấc, sổ/sỗ"),
        ("tan làm", "tang làm", "tan/tang"),
        ("tìm sau", "tìm sáu", "sau/sáu"),
        ("hai số", "ai số", "hai/ai"),
    ],
)
def test_intents_that_a_recogniser_mixes_up(one: str, other: str, pairs: str) -> None:
    (finding,) = check_mishearing(examples(("help", one), ("deny", other)))
    assert (finding.severity, finding.kind, finding.at.line) == (Severity.WARNING, "misheard", 2)
    assert f"“{one}” của help (nlu.yml:1): {pairs}." in finding.message


@pytest.mark.parametrize("other", ["quen rồi", "quên rồi ạ", "tên rồi"])
def test_other_sounds_are_told_apart(other: str) -> None:
    assert not list(check_mishearing(examples(("help", "quên rồi"), ("deny", other))))


def test_one_intent_may_hold_what_is_misheard() -> None:
    assert not list(check_mishearing(examples(("deny", "sai rồi"), ("deny", "xai rồi"))))


def test_events_of_the_line_are_not_heard() -> None:
    assert not list(check_mishearing(examples(("no_input", "[im lặng]"), ("press_keys", "[im lăng]"))))
