"""What the code relies on in the designer's domain.yml."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.dialogue.closing_form import AGAIN, DONE
from bot.dialogue.code_slot import Notice
from bot.dialogue.training import DialogueSources


@pytest.fixture(scope="module")
def domain(dialogue_sources: DialogueSources) -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(dialogue_sources.domain.read_text(encoding="utf-8"))
    return document


def _variations(domain: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, each) for name, all_ in domain["responses"].items() for each in all_]


def test_every_notice_has_its_words(domain: dict[str, Any]) -> None:
    used = {c["value"] for _, each in _variations(domain) for c in each.get("condition", []) if c["name"] == "notice"}
    assert used == {notice.value for notice in Notice}


def test_the_closing_knows_intents_only(domain: dict[str, Any]) -> None:
    assert set(domain["intents"]) >= DONE | AGAIN
    assert set() == DONE & AGAIN
