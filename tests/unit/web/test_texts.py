"""Every page speaks both languages, and no page or script asks for words that are not there."""

from __future__ import annotations

import re

import pytest

from bot.web.call_texts import CALL
from bot.web.pages import HERE
from bot.web.texts import SHARED, Texts, Words

PLACE = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("texts", [SHARED, CALL], ids=["shared", "call"])
def test_both_languages_say_the_same_values(texts: Texts) -> None:
    assert {key: texts[key] for key in texts if not all(texts[key])} == {}
    assert {k: v for k, v in texts.items() if set(PLACE.findall(v[0])) != set(PLACE.findall(v[1]))} == {}


def test_words_come_in_the_language_asked_for_with_their_values() -> None:
    english = Words("en", SHARED, {"many": ("{n} cuộc gọi", "{n} calls")})
    assert english("nav.call") == "Try a call"
    assert english("many", n=3) == "3 calls"
    assert english.other == "vi"
    assert Words("vi", {"js.a": ("một", "one"), "b": ("hai", "two")}).under("js.") == {"a": "một"}


def test_the_page_of_calls_finds_all_its_words() -> None:
    asked = set(re.findall(r't\(["\']([\w.]+)["\']', (HERE / "templates" / "call.html").read_text(encoding="utf-8")))
    script = (HERE / "static" / "call.js").read_text(encoding="utf-8")
    asked |= {f"js.{key}" for key in re.findall(r'say\("([\w.]+)"', script)}
    assert len(asked) > 30
    assert asked - set(CALL) - set(SHARED) == set()
