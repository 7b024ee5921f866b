"""Rasa's outer ends: its memory of calls, actions in process, the component for digits, and what is shown."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from bot.dialogue.call_trackers import CallTrackers
from bot.dialogue.digit_intent import DigitIntent, is_number
from bot.dialogue.in_process import CollectingChannel, InProcessActions
from bot.dialogue.open_calls import OpenCalls
from bot.dialogue.rasa_dialogue import RasaDialogue
from bot.errors import ModelError
from bot.ports import Caller


class Says(Action):
    def name(self) -> str:
        return "action_says"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        dispatcher.utter_message(response="utter_x")
        return [SlotSet("a", "b")]


class Breaks(Action):
    def name(self) -> str:
        return "action_breaks"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        raise ZeroDivisionError


def request(action: str, call_id: str) -> dict[str, Any]:
    return {"json": {"next_action": action, "sender_id": call_id, "tracker": {"sender_id": call_id, "slots": {}}}}


def test_an_action_runs_in_this_process() -> None:
    actions = InProcessActions([Says()])
    answer = asyncio.run(actions.request(**request("action_says", "one")))
    assert (answer["events"][0]["name"], answer["responses"][0]["response"]) == ("a", "utter_x")
    assert actions.failed == set()


def test_a_failed_action_marks_its_call_only() -> None:
    actions = InProcessActions([Says(), Breaks()])
    with pytest.raises(ZeroDivisionError):
        asyncio.run(actions.request(**request("action_breaks", "one")))
    asyncio.run(actions.request(**request("action_says", "two")))
    assert actions.failed == {"one"}


def test_an_unknown_action_is_a_failure() -> None:
    actions = InProcessActions([Says()])
    with pytest.raises(Exception, match="action_nobody_wrote"):
        asyncio.run(actions.request(**request("action_nobody_wrote", "one")))
    assert actions.failed == {"one"}


def test_messages_are_kept_whole_and_in_order() -> None:
    channel = CollectingChannel()
    for number in (1, 2):
        asyncio.run(channel.send_response("one", {"text": "câu", "values": {"n": number}}))
    assert [message["values"]["n"] for message in channel.messages] == [1, 2]


def test_a_call_is_remembered_until_it_is_forgotten() -> None:
    trackers = CallTrackers(Domain.empty())
    tracker = DialogueStateTracker("one", [])
    asyncio.run(trackers.save(tracker))
    assert asyncio.run(trackers.retrieve("one")) is tracker
    assert asyncio.run(trackers.retrieve("two")) is None
    trackers.forget("one")
    trackers.forget("one")
    assert (asyncio.run(trackers.retrieve("one")), list(asyncio.run(trackers.keys()))) == (None, [])


def test_a_call_that_is_not_open_has_no_number_to_reset_for() -> None:
    calls = OpenCalls()
    calls.add(Caller("one", "0912345678"))
    assert calls.get("one").number == "0912345678"
    calls.remove("one")
    calls.remove("one")
    assert calls.get("one") == Caller("one", None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("không một hai ba", True),
        ("em đọc lại từ đầu không một hai", True),
        ("năm", True),
        ("dạ năm ạ", True),
        ("tám trăm linh hai", True),
        ("0123456789", True),
        ("một phút bao nhiêu tiền", False),
        ("hai cách là gì", False),
        ("nhắn tin tám không bảy chín được không", False),
        ("đọc lại tư đầu", False),  # a tone misheard
        ("đọc lại một lần nữa", False),
        ("", False),
        ('/press_keys{"keys": "0123456789"}', False),
    ],
)
def test_what_is_a_number(text: str, number: bool) -> None:
    assert is_number(text) is number


@pytest.mark.parametrize(
    ("classified", "intent"),
    [
        ("start_over", "give_code"),
        ("nlu_fallback", "give_code"),
        ("goodbye", "give_code"),
        ("deny", "deny"),
        ("correct_code", "correct_code"),
    ],
)
def test_digits_outweigh_commands_but_no_answers(classified: str, intent: str) -> None:
    message = Message({"text": "không một hai ba", "intent": {"name": classified, "confidence": 0.9}})
    DigitIntent().process([message])
    assert message.get("intent")["name"] == intent


def test_a_missing_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nhanh8 train"):
        RasaDialogue(tmp_path / "dialogue-none.tar.gz", [], OpenCalls(), code_digits=10)


def test_a_broken_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "dialogue-broken.tar.gz"
    broken.write_bytes(b"no archive")
    with pytest.raises(ModelError, match="nhanh8 train --force"):
        RasaDialogue(broken, [], OpenCalls(), code_digits=10)
