"""Rules that cannot run, run twice or contradict each other, and names that Rasa takes as they come."""

from __future__ import annotations

import pytest

from bot.design.findings import Finding, Severity
from bot.design.names import check_names
from bot.design.reachability import check_rules, check_wordings
from bot.design.sources import read_design
from bot.dialogue.training import DialogueSources
from tests.unit.design.copies import DOMAIN, OWN, RULES, TESTS, copy, line, told

MORE_RULES = """
  - rule: Không ai mở biểu mẫu
    condition:
      - active_loop: lost_form
    steps:
      - intent: wait
      - action: utter_courtesy

  - rule: Không ai gọi hành động
    steps:
      - action: action_session_start
      - action: utter_wait

  - rule: Không ai nói
    steps:
      - intent: bonus
      - action: utter_wait

  - rule: Giá trị không có
    steps:
      - action: action_check_account
      - slot_was_set:
          - reset_result: paid
      - action: utter_wait

  - rule: Giá trị không ai đặt
    steps:
      - action: action_check_account
      - slot_was_set:
          - caller_mood: angry
      - action: utter_wait

  - rule: Trùng hẳn
    steps:
      - intent: ask_safety
      - action: utter_safety

  - rule: Trái nhau
    steps:
      - intent: ask_vneid
      - action: utter_ways

  - rule: Chờ người gọi tìm sổ
    condition:
      - active_loop: reset_form
    steps:
      - intent: wait
      - action: utter_courtesy

  - rule: Slot không ảnh hưởng
    condition:
      - active_loop: closing_form
      - slot_was_set:
          - misses: 2.0
    steps:
      - intent: wait
      - action: utter_courtesy

  - rule: Slot lạ
    condition:
      - slot_was_set:
          - reset_results: issued
    steps:
      - intent: wait
      - action: utter_courtesy
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> DialogueSources:
    sources = copy(
        tmp_path_factory.mktemp("broken"),
        (DOMAIN, "  - wait\n\nentities:", "  - wait\n  - bonus\n\nentites:"),
        (DOMAIN, "  closing_form:\n", "  lost_form:\n    required_slots: []\n  closing_form:\n"),
        (
            DOMAIN,
            "  reset_result:\n",
            "  caller_mood:\n    type: text\n    mappings: [{type: custom}]\n  reset_result:\n",
        ),
        (DOMAIN, "          - ask_phone_number\n", "          - ask_phone_numbers\n"),
        (DOMAIN, "name: notice, value: other_branch", "name: notce, value: other_branch"),
        (DOMAIN, "type: slot, name: notice, value: citizen_id", "type: slot, name: reset_result, value: paid"),
        (
            DOMAIN,
            '    - text: "Vâng."\n',
            '    - condition: [{type: slot, name: notice, value: denied}]\n      text: "Vâng."\n',
        ),
        (TESTS, "- reset_result: unavailable", "- reset_resul: unavailable"),
    )
    with (sources.nlu_dir / RULES).open("a", encoding="utf-8") as rules:
        rules.write(MORE_RULES)
    return sources


@pytest.fixture(scope="module")
def findings(broken: DialogueSources) -> list[Finding]:
    design = read_design(broken)
    return [*check_names(design), *check_rules(design), *check_wordings(design)]


FAULTS = [
    ("never_runs", RULES, "- rule: Không ai mở biểu mẫu"),
    ("never_runs", RULES, "- rule: Không ai gọi hành động"),
    ("never_runs", RULES, "- rule: Không ai nói"),
    ("never_runs", RULES, "- rule: Giá trị không có"),
    ("never_runs", RULES, "- rule: Giá trị không ai đặt"),
    ("double_rule", RULES, "- rule: Trùng hẳn"),
    ("contradiction", RULES, "- rule: Trái nhau"),
    ("same_name", RULES, "- rule: Chờ người gọi tìm sổ\n    condition"),
    ("slot_without_influence", RULES, "- misses: 2.0"),
    ("unknown_slot", RULES, "- reset_results: issued"),
    ("unknown_section", DOMAIN, "entites:"),
    ("unknown_intent", DOMAIN, "- ask_phone_numbers"),
    ("unknown_slot", DOMAIN, 'text: "Nhánh này chỉ cấp lại mật khẩu VssID.'),
    ("never_said", DOMAIN, 'text: "Số có 12 chữ số là số căn cước.'),
    ("no_default_wording", DOMAIN, "  utter_repeat:"),
    ("unknown_slot", TESTS, "- reset_resul: unavailable"),
]


@pytest.mark.parametrize(("kind", "file", "text"), FAULTS)
def test_a_fault_is_told_with_its_line(
    findings: list[Finding], broken: DialogueSources, kind: str, file: str, text: str
) -> None:
    assert (kind, file, line(broken, file, text)) in told(findings, broken)


def test_nothing_else_is_told(findings: list[Finding], broken: DialogueSources) -> None:
    expected = {(kind, file, line(broken, file, text)) for kind, file, text in FAULTS}
    # The anchor in domain.yml serves three slots more.
    assert {each for each in told(findings, broken) if each[0] != "unknown_intent"} <= expected


def test_a_contradiction_names_the_other_rule(findings: list[Finding], broken: DialogueSources) -> None:
    (finding,) = [each for each in findings if each.kind == "contradiction"]
    assert finding.severity is Severity.ERROR
    assert f"rules.yml:{line(broken, RULES, '- rule: Hỏi VNeID')}" in finding.message


def test_a_slip_of_the_hand_is_answered_with_the_name_meant(findings: list[Finding]) -> None:
    told_of = {each.message.partition(" Có phải ")[2] for each in findings}
    assert {"entities?", "ask_phone_number?", "notice?", "reset_result?"} <= told_of


def test_the_projects_own_data_is_clean() -> None:
    design = read_design(OWN)
    assert [*check_names(design), *check_rules(design), *check_wordings(design)] == []
