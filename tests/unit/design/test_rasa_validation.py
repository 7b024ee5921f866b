"""What Rasa's validator finds is told in Vietnamese, with the line where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.design.findings import Finding, Severity
from bot.design.rasa_validation import rasa_findings
from bot.design.sources import read_design
from bot.dialogue.training import DialogueSources
from tests.unit.design.copies import COMMANDS, DOMAIN, RULES, TESTS, copy, line, told

CONTRARY = """
stories:
  - story: Cước một
    steps:
      - intent: wait
      - action: utter_fee
  - story: Cước hai
    steps:
      - intent: wait
      - action: utter_ways
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> DialogueSources:
    sources = copy(
        tmp_path_factory.mktemp("broken"),
        (RULES, "- intent: ask_ways", "- intent: ask_way"),
        (RULES, "- action: utter_fee", "- action: utter_fees"),
        (RULES, "- action: action_forget_code", "- action: action_forget"),
        (RULES, "- active_loop: closing_form\n\n", "- active_loop: closing\n\n"),
        (COMMANDS, "- intent: deny", "- intent: denial"),
        (DOMAIN, "[service, bhxh_code, code_confirmed, citizen_id_ending]", "[servic, bhxh_code]"),
        (DOMAIN, "  - wait\n\nentities", "  - wait\n  - bonus\n\nentities"),
        (DOMAIN, "  utter_wait:", "  utter_extra:\n    - text: Thêm.\n  utter_wait:"),
        (TESTS, "- intent: ask_fee", "- intent: ask_price"),
    )
    (sources.nlu_dir / "stories.yml").write_text('version: "3.1"\n' + CONTRARY, encoding="utf-8")
    return sources


@pytest.fixture(scope="module")
def findings(broken: DialogueSources) -> list[Finding]:
    return rasa_findings(broken, read_design(broken))


@pytest.mark.parametrize(
    ("kind", "file", "text"),
    [
        ("unknown_intent", RULES, "- intent: ask_way\n"),
        (
            "unused_intent",
            DOMAIN,
            "  - ask_ways\n  - ask_email\n  - ask_vneid\n  - ask_citizen_id\n  - ask_code_place\n",
        ),
        ("unknown_response", RULES, "- action: utter_fees\n"),
        ("unknown_action", RULES, "- action: action_forget\n"),
        ("unknown_form", RULES, "- active_loop: closing\n"),
        ("unknown_intent", COMMANDS, "      - không\n      - không ạ\n"),
        ("unknown_slot", DOMAIN, "  reset_form:\n"),
        ("slot_not_in_form", DOMAIN, "  code_confirmed: # "),
        ("intent_without_examples", DOMAIN, "  - bonus\n"),
        ("unused_response", DOMAIN, "  utter_extra:\n"),
        ("story_conflict", "stories.yml", "- story: Cước hai"),
        ("unknown_intent", TESTS, "- intent: ask_price"),
    ],
)
def test_a_fault_is_told_with_its_line(
    findings: list[Finding], broken: DialogueSources, kind: str, file: str, text: str
) -> None:
    assert (kind, file, line(broken, file, text)) in told(findings, broken)


def test_everything_is_said_once_and_in_our_words(findings: list[Finding]) -> None:
    assert len(findings) == len(set(findings))
    assert not [each.message for each in findings if each.kind == "rasa"]


def test_what_forms_and_code_use_is_not_called_unused(findings: list[Finding]) -> None:
    unused = " ".join(each.message for each in findings if each.kind.startswith("unused"))
    for name in ("give_code", "utter_ask_reset_form_bhxh_code", "utter_greeting", "utter_lost", "utter_password_again"):
        assert f" {name}" not in unused


def test_a_domain_that_rasa_cannot_load_is_the_only_finding(tmp_path: Path) -> None:
    sources = copy(tmp_path, (DOMAIN, "  - ask_fee\n", "  - ask_fee\n  - ask_fee\n"))
    (finding,) = rasa_findings(sources, read_design(sources))
    assert (finding.severity, finding.kind, finding.at.file) == (Severity.ERROR, "unreadable", sources.domain)
    assert "ask_fee" in finding.message


def test_a_key_that_rasa_does_not_know_has_its_line(tmp_path: Path) -> None:
    sources = copy(tmp_path, (RULES, "- intent: ask_fee", "- intnt: ask_fee"))
    (finding,) = rasa_findings(sources, read_design(sources))
    assert finding.at.file == sources.nlu_dir / RULES
    assert finding.at.line == line(sources, RULES, "- intnt: ask_fee")
