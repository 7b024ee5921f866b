"""What the code relies on in the designer's domain.yml."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.dialogue.closing_form import AGAIN, DONE
from bot.dialogue.code_slot import Notice
from bot.dialogue.prompts import PLACE
from bot.dialogue.rasa_dialogue import TROUBLE_RESPONSES
from bot.dialogue.training import DialogueSources
from bot.replies import Expect, Outcome


@pytest.fixture(scope="module")
def domain(dialogue_sources: DialogueSources) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(dialogue_sources.domain.read_text(encoding="utf-8"))
    return document


def _variations(domain: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, each) for name, all_ in domain["responses"].items() for each in all_]


def test_every_notice_has_its_words_and_no_words_wait_for_an_unknown_notice(domain: dict[str, Any]) -> None:
    used = {c["value"] for _, each in _variations(domain) for c in each.get("condition", []) if c["name"] == "notice"}
    assert used == {notice.value for notice in Notice}


def test_every_question_of_a_form_says_what_it_expects(domain: dict[str, Any]) -> None:
    asks = [(name, each) for name, each in _variations(domain) if name.startswith("utter_ask_")]
    assert {name for name, each in asks if "expect" not in each.get("metadata", {})} == set()


def test_metadata_are_what_the_bot_knows(domain: dict[str, Any]) -> None:
    for name, each in _variations(domain):
        metadata = each.get("metadata", {})
        assert set(metadata) <= {"expect", "hang_up", "outcome", "interruptible"}, name
        assert ("hang_up" in metadata) == ("outcome" in metadata), name
        Expect(metadata.get("expect", "nothing"))
        Outcome(metadata.get("outcome", "error"))


def test_places_are_slots(domain: dict[str, Any]) -> None:
    places = {place for _, each in _variations(domain) for place in PLACE.findall(each["text"])}
    assert places <= set(domain["slots"])


def test_every_trouble_has_its_words(domain: dict[str, Any]) -> None:
    assert set(TROUBLE_RESPONSES.values()) <= set(domain["responses"])


def test_the_closing_knows_intents_only(domain: dict[str, Any]) -> None:
    assert set(domain["intents"]) >= DONE | AGAIN
    assert set() == DONE & AGAIN


def test_a_password_cannot_be_interrupted(domain: dict[str, Any]) -> None:
    readings = [each for _, each in _variations(domain) if "{password}" in each["text"]]
    assert [each["metadata"]["interruptible"] for each in readings] == [False] * len(readings) != []
