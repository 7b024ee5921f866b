"""Which rules a call ran, from the intents and actions that it went through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.design.case_run import Passage, Played, Turn
from bot.design.coverage import Coverage, coverage
from bot.design.sources import _rules, read_design
from bot.replies import Expect, Reply, Say
from tests.unit.design.copies import OWN, line

DESIGN = read_design(OWN)
ASKING = Passage("", "reset_form", "reset_form", {"requested_slot": "service"})


def covered(rule: str, *passages: Passage) -> bool:
    """Whether a call that went so ran a rule."""
    rules = tuple(_rules(Path("a.yml"), YAML().load(f"rules:\n- rule: một\n  {rule}")))
    return coverage(replace(DESIGN, rules=rules), [call(passages)]).rules.touched == 1


def call(passages: Sequence[Passage] = (), *said: str) -> Played:
    says = tuple(Say(prompt_id=each, text=each) for each in said)
    turn = Turn(move=0, heard=None, reply=Reply(says=says, expect=Expect.MENU))
    return Played(turns=[turn], made=0, outcome=None, passages=passages)


def heard(intent: str, **slots: Any) -> Passage:
    return Passage(intent, "", "reset_form", slots)


def did(action: str, loop: str | None = "reset_form", **slots: Any) -> Passage:
    return Passage("", action, loop, slots)


FEE = "steps: [intent: ask_fee, action: utter_fee]"
IN_FORM = "condition: [active_loop: reset_form]\n  " + FEE
CHECKED = "steps: [action: action_check_account, slot_was_set: [reset_result: issued], action: utter_password]"
ENDED = (
    "steps: [action: reset_form, active_loop: null, slot_was_set: [requested_slot: null], action: action_check_account]"
)


@pytest.mark.parametrize(
    ("rule", "passages", "runs"),
    [
        (FEE, [heard("ask_fee"), did("utter_fee")], True),
        (FEE, [ASKING, heard("ask_fee"), did("utter_fee"), ASKING], True),
        (FEE, [heard("ask_ways"), did("utter_fee")], False),
        (FEE, [heard("ask_fee"), did("utter_ways"), did("utter_fee")], False),
        (FEE, [heard("ask_fee")], False),
        (IN_FORM, [ASKING, heard("ask_fee"), did("utter_fee")], True),
        (IN_FORM, [did("closing_form", "closing_form"), heard("ask_fee"), did("utter_fee")], False),
        (IN_FORM, [heard("ask_fee"), did("utter_fee")], False),
        (CHECKED, [did("action_check_account", reset_result="issued"), did("utter_password")], True),
        (CHECKED, [did("action_check_account", reset_result="retry"), did("utter_password")], False),
        (ENDED, [did("reset_form", None, requested_slot=None), did("action_check_account", None)], True),
        (ENDED, [did("reset_form", "reset_form"), did("action_check_account", None)], False),
        ("steps: [or: [intent: affirm, intent: deny], action: utter_fee]", [heard("deny"), did("utter_fee")], True),
        ("steps: [action: reset_form, slot_was_set: [service], action: utter_fee]", [ASKING, did("utter_fee")], False),
    ],
)
def test_a_rule_is_run_when_its_steps_follow_each_other_under_its_conditions(
    rule: str, passages: list[Passage], runs: bool
) -> None:
    assert covered(rule, *passages) == runs


def test_what_no_call_touched_is_told_with_its_place() -> None:
    one = call([heard("ask_fee", service="reset"), did("utter_fee", notice=None)], "utter_fee", "utter_greeting")
    share = coverage(DESIGN, [one, call([], "utter_ask_reset_form_service.2")])
    assert share.wordings.touched == 3
    assert "utter_ask_reset_form_service" in share.wordings.untouched
    assert (share.slots.touched, share.intents.touched) == (1, 1)
    assert untouched(share, "rules", "luật “Hỏi cước”") is None
    assert untouched(share, "rules", "luật “Hỏi VNeID”") == line(OWN, "rules.yml", "- rule: Hỏi VNeID")
    assert untouched(share, "slots", "notice") == line(OWN, "domain.yml", "  notice: #")
    assert untouched(share, "intents", "wait") == line(OWN, "domain.yml", "\n  - wait\n") + 1


def untouched(share: Coverage, kind: str, name: str) -> int | None:
    told = {each["name"]: each["line"] for each in share.as_json()[kind]["untouched"]}
    return told.get(name)
