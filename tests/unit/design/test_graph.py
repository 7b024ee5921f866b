"""The conversation as a graph and as a picture, and which way calls took through it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.design.calls import Turn, count_calls, read_calls
from bot.design.graph import ANYTIME, START, TROUBLE, Conversation, Edge, EdgeKind, conversation
from bot.design.picture import svg
from bot.design.sources import read_design
from bot.errors import ScriptError
from tests.unit.design.copies import OWN, RULES, copy

ANSWERED = "action:action_answer_call"
CHECKED = "action:action_check_account"
SERVICE, CODE, CONFIRMED = (f"ask:reset_form:{slot}" for slot in ("service", "bhxh_code", "code_confirmed"))
SECOND_FACTOR = "ask:reset_form:citizen_id_ending"  # only where the settings say so
ELSE = "ask:closing_form:anything_else"


@pytest.fixture(scope="module")
def drawn() -> Conversation:
    return conversation(read_design(OWN))


def said(drawn: Conversation, *responses: str, source: str | None = None) -> str:
    """The node that says just this."""
    leads = {edge.target for edge in drawn.edges if source in (None, edge.source)}
    (node,) = [n for n in drawn.nodes.values() if tuple(n.responses) == responses and n.id in leads]
    return node.id


def test_the_way_of_a_good_call(drawn: Conversation) -> None:
    password, goodbye = said(drawn, "utter_password"), said(drawn, "utter_goodbye")
    for edge in (
        Edge(START, ANSWERED, EdgeKind.INTENT, "start_call"),
        Edge(ANSWERED, SERVICE, EdgeKind.SLOT, "caller_number: known"),
        Edge(SERVICE, CODE, EdgeKind.NEXT),
        Edge(CODE, CONFIRMED, EdgeKind.NEXT),
        Edge(CONFIRMED, CHECKED, EdgeKind.NEXT, "xong biểu mẫu"),
        Edge(CONFIRMED, SECOND_FACTOR, EdgeKind.NEXT),
        Edge(SECOND_FACTOR, CHECKED, EdgeKind.NEXT, "xong biểu mẫu"),
        Edge(CHECKED, password, EdgeKind.SLOT, "reset_result: issued"),
        Edge(password, ELSE, EdgeKind.NEXT),
        Edge(ELSE, goodbye, EdgeKind.NEXT, "xong biểu mẫu"),
    ):
        assert edge in drawn.edges
    assert drawn.nodes[goodbye].outcome == "cancelled"
    assert drawn.nodes[ANSWERED].responses == ["utter_greeting"]


def test_one_response_in_two_rules_stands_twice(drawn: Conversation) -> None:
    retry, refused = said(drawn, "utter_no_match"), said(drawn, "utter_no_match", "utter_close_way_1")
    assert Edge(CHECKED, retry, EdgeKind.SLOT, "reset_result: retry") in drawn.edges
    assert Edge(retry, SERVICE, EdgeKind.NEXT) in drawn.edges
    assert drawn.nodes[refused].outcome == "no_match"
    assert not [edge for edge in drawn.edges if edge.source == refused]


def test_what_is_said_meanwhile_hangs_on_the_form_and_goes_back_to_its_question(drawn: Conversation) -> None:
    repeat = said(drawn, "utter_repeat", source="reset_form")
    assert Edge("reset_form", repeat, EdgeKind.INTENT, "repeat") in drawn.edges
    assert drawn.nodes[repeat].form == "reset_form"
    assert drawn.nodes[repeat].returns
    assert drawn.nodes["action:action_forget_code"].returns
    fee = said(drawn, "utter_fee", source=ANYTIME)
    assert drawn.nodes[fee].returns
    agent = said(drawn, "utter_agent", source=ANYTIME)
    assert (drawn.nodes[agent].returns, drawn.nodes[agent].outcome) == (False, "agent")
    again = said(drawn, "utter_password_again", source="closing_form")
    assert drawn.nodes[again].returns


def test_every_response_has_a_place(drawn: Conversation) -> None:
    shown = {response for node in drawn.nodes.values() for response in node.responses}
    assert shown == set(drawn.wordings)
    assert said(drawn, "utter_lost", source=TROUBLE)


MORE_RULES = """
  - rule: Đòi nghe lời chào
    steps:
      - intent: agent
      - action: action_answer_call

  - rule: Đọc lại từ đầu sau mật khẩu
    condition:
      - active_loop: closing_form
    steps:
      - intent: start_over
      - action: action_forget_code
      - action: closing_form
"""


def test_a_rule_of_the_designer_is_on_the_picture(tmp_path: Path) -> None:
    sources = copy(tmp_path, (RULES, "\n  - rule: Trợ giúp\n", MORE_RULES + "\n  - rule: Trợ giúp\n"))
    drawn = conversation(read_design(sources))
    assert Edge(ANYTIME, ANSWERED, EdgeKind.INTENT, "agent") in drawn.edges
    assert Edge("closing_form", "action:action_forget_code", EdgeKind.INTENT, "start_over") in drawn.edges
    titles = re.findall(r"<title>(.+?)</title>", svg(drawn).replace("&#45;&gt;", "->"))
    for way in (
        f"{ANYTIME}->{ANSWERED}",
        f"{SERVICE}->action:action_forget_code",  # as the form's, from its border
        f"{ELSE}->action:action_forget_code",
    ):
        assert way in titles


def test_the_picture_shows_every_word_form_and_hang_up(drawn: Conversation) -> None:
    picture = svg(drawn, {Edge(CODE, CONFIRMED, EdgeKind.NEXT): 1234})
    words = " ".join(" ".join(ElementTree.fromstring(picture.encode()).itertext()).split())  # noqa: S314 - our own
    for text in ("Biểu mẫu reset_form", "Hỏi bhxh_code", "Gác máy: no_match", "Lúc nào cũng hỏi được", "1234 cuộc gọi"):
        assert text in words
    for response in drawn.wordings:
        assert response in words
        wording = drawn.first_wording(response)
        assert wording
        assert wording.text[:20] in words
    assert re.search(r'<svg width="\d+" height="\d+"', picture)


def count(drawn: Conversation, *call: Turn) -> dict[tuple[str, str], int]:
    return {(edge.source, edge.target): number for edge, number in count_calls(drawn, [call, call]).items()}


def turn(intent: str, *responses: str, asks: str = "") -> Turn:
    return Turn(intent, asks, list(responses))


GREETED = turn("start_call", "utter_greeting", "utter_ask_reset_form_service", asks="service")


def test_calls_are_counted_along_their_way(drawn: Conversation) -> None:
    taken = count(
        drawn,
        GREETED,
        turn("ask_fee", "utter_fee", "utter_ask_reset_form_service", asks="service"),
        turn("reset_password", "utter_ask_reset_form_bhxh_code", asks="bhxh_code"),
        turn("give_code", "utter_ask_reset_form_code_confirmed", asks="code_confirmed"),
        turn("affirm", "utter_no_match", "utter_ask_reset_form_bhxh_code", asks="bhxh_code"),
        turn("give_code", "utter_ask_reset_form_code_confirmed", asks="code_confirmed"),
        turn("affirm", "utter_no_match", "utter_close_way_1"),
    )
    retry, refused = said(drawn, "utter_no_match"), said(drawn, "utter_no_match", "utter_close_way_1")
    assert taken == {
        (START, ANSWERED): 2,
        (ANSWERED, SERVICE): 2,
        (ANYTIME, said(drawn, "utter_fee")): 2,
        (SERVICE, CODE): 2,
        (CODE, CONFIRMED): 2,
        (CONFIRMED, CHECKED): 2,
        (CHECKED, retry): 2,
        (retry, SERVICE): 2,
        (CHECKED, refused): 2,
    }


def test_a_question_that_is_not_needed_is_not_taken(drawn: Conversation) -> None:
    taken = count(drawn, GREETED, turn("no_input", "utter_give_up"))
    assert (SERVICE, CODE) not in taken
    assert taken[CHECKED, said(drawn, "utter_give_up")] == 2


def test_a_caller_who_answers_before_the_question_has_been_asked(drawn: Conversation) -> None:
    interrupted = turn("start_call", "utter_greeting", asks="service")
    taken = count(drawn, interrupted, turn("press_keys", "utter_ask_reset_form_bhxh_code", asks="bhxh_code"))
    assert {(ANSWERED, SERVICE), (SERVICE, CODE)} <= set(taken)


def event_lines(*events: dict[str, object]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def calls_of(folder: Path, lines: str) -> Sequence[list[Turn]]:
    (folder / "a.jsonl").write_text(lines, encoding="utf-8")
    return read_calls(folder)


def test_calls_are_read_from_their_events(tmp_path: Path) -> None:
    call = event_lines(
        {"event": "call_started", "at_ms": 0, "call_id": "1"},
        {
            "event": "decided",
            "at_ms": 0,
            "intent": "start_call",
            "expect": "menu",
            "slots": {"requested_slot": "service"},
        },
        {"event": "prompt", "at_ms": 20, "prompt_id": "utter_greeting"},
        {"event": "prompt", "at_ms": 900, "prompt_id": "utter_ask_reset_form_service.2"},
        {"event": "barge_in", "at_ms": 950, "prompt_id": "utter_ask_reset_form_service.2", "played_ms": 50},
        {"event": "prompt", "at_ms": 990, "prompt_id": "utter_ask_reset_form_service.2"},
        {
            "event": "decided",
            "at_ms": 1000,
            "intent": "agent",
            "expect": "nothing",
            "slots": {"requested_slot": "service"},
        },
        {"event": "prompt", "at_ms": 1020, "prompt_id": "utter_agent"},
    )
    wanted = [GREETED, turn("agent", "utter_agent")]
    assert calls_of(tmp_path, call + call) == [wanted, wanted]


@pytest.mark.parametrize("lines", ['{"event": "call_started"}\nnot json\n', '{"event": "call_started"}\n[1]\n'])
def test_what_is_no_event_is_told_with_its_line(tmp_path: Path, lines: str) -> None:
    with pytest.raises(ScriptError, match=r"a\.jsonl:2: không phải sự kiện"):
        calls_of(tmp_path, lines)


def test_a_place_without_calls_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="Không có cuộc gọi nào"):
        read_calls(tmp_path)
    with pytest.raises(ScriptError, match="Không đọc được"):
        read_calls(tmp_path / "none.jsonl")
