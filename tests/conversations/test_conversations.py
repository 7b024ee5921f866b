"""The conversations in calls/*.yml: what a caller does, and what the bot has to answer.

`says` names responses without "utter_" ("ask-" is short for a form's "ask_..._form_"), `notice` is why a question is
put in its words, `reads` the digits that the bot reads out. What a turn does not name is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conversations.scene import CALLER, CODE_SPOKEN, Options, Scene, Talk

FILES = sorted((Path(__file__).parent / "calls").glob("*.yml"))
DOES = frozenset({"hear", "keys", "silence", "accounts"})
EXPECTS = frozenset({"says", "notice", "intent", "expect", "outcome", "reads"})

# Where a conversation starts, so that it need not be told again: what the caller said until then.
OPENINGS: dict[str, list[str]] = {
    "menu": [],
    "code": ["cấp lại mật khẩu"],
    "confirm": ["cấp lại mật khẩu", CODE_SPOKEN],
    "denied": ["cấp lại mật khẩu", CODE_SPOKEN, "không đúng"],
    "closing": ["cấp lại mật khẩu", CODE_SPOKEN, "đúng rồi"],
}


def _conversations() -> Iterator[Any]:
    for file in FILES:
        for call in YAML(typ="safe").load(file.read_text(encoding="utf-8")):
            yield pytest.param(call, id=f"{file.stem}: {call['call']}")


@pytest.mark.parametrize("call", list(_conversations()))
def test_conversation(call: dict[str, Any], rasa_dialogue: Callable[..., Scene]) -> None:
    unknown = set(call) - {"call", "after", "caller", "accounts", "preselected", "lengths", "turns"}
    assert not unknown, f"unknown keys: {unknown}"
    options = Options(call.get("preselected", False), tuple(call.get("lengths", [10])))
    scene = rasa_dialogue(options, accounts=call.get("accounts"))
    talk = scene.call(call.get("caller", CALLER))
    for text in OPENINGS[call.get("after", "menu")]:
        talk.hear(text)
    for number, turn in enumerate(call["turns"], start=1):
        _act(talk, turn)
        place = f"turn {number} {turn}: the bot said {talk.prompts}, reads {talk.read_back}, {talk.reply.intent}"
        assert _seen(talk, turn) == {key: turn[key] for key in EXPECTS & set(turn)}, place
    talk.end()


def _act(talk: Talk, turn: dict[str, Any]) -> None:
    assert set(turn) <= DOES | EXPECTS, f"unknown keys: {set(turn) - DOES - EXPECTS}"
    if "hear" in turn:
        talk.hear(*([turn["hear"]] if isinstance(turn["hear"], str) else turn["hear"]))
    elif "keys" in turn:
        talk.press(turn["keys"])
    elif "silence" in turn:
        talk.silence()


def _seen(talk: Talk, turn: dict[str, Any]) -> dict[str, Any]:
    reply = talk.reply
    outcome = reply.outcome.value if reply.outcome else None
    assert reply.hang_up == (outcome is not None), "a call ends with an outcome, and no other turn has one"
    seen = {
        "says": " ".join(_short(prompt) for prompt in talk.prompts),
        "notice": reply.slots.get("notice"),
        "intent": reply.intent,
        "expect": reply.expect.value,
        "outcome": outcome,
        "reads": talk.read_back,
    }
    return {key: seen[key] for key in EXPECTS & set(turn)}


def _short(prompt: str) -> str:
    return re.sub(r"ask_\w+_form_", "ask-", prompt.partition(".")[0].removeprefix("utter_"))
