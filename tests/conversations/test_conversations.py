"""The conversations in calls/*.yml: what a caller does, and what the bot has to answer.

`says` names responses without "utter_" ("ask-" is short for a form's "ask_..._form_"), `notice` is why a question is
put in its words, `reads` the digits that the bot reads out, `wanted` how many it waits for. What a turn does not name
is not checked. `hear` is a text, the n-best as a list, or the n-best with the confidence of each text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Union

import pytest
from ruamel.yaml import YAML

from bot.replies import Hypothesis, Utterance
from tests.conversations.scene import CALLER, CODE_SPOKEN, Options, Scene, Talk

FILES = sorted((Path(__file__).parent / "calls").glob("*.yml"))
Said = Union[str, list[str], dict[str, float]]
DOES = frozenset({"hear", "keys", "silence", "accounts"})
EXPECTS = frozenset({"says", "notice", "intent", "expect", "outcome", "reads", "wanted"})

# Where a conversation starts, so that it need not be told again: what the caller said until then.
OPENINGS: dict[str, list[Said]] = {
    "menu": [],
    "code": ["cấp lại mật khẩu"],
    "confirm": ["cấp lại mật khẩu", CODE_SPOKEN],
    "denied": ["cấp lại mật khẩu", CODE_SPOKEN, "không đúng"],
    "doubt_first": ["cấp lại mật khẩu", {"không một hai bảy bốn năm sáu bảy tám chín": 0.55, CODE_SPOKEN: 0.45}],
    "doubt_middle": ["cấp lại mật khẩu", {"không một hai ba chín năm sáu bảy tám chín": 0.55, CODE_SPOKEN: 0.45}],
    "doubt_last": ["cấp lại mật khẩu", {"không một hai ba bốn năm sáu bảy bảy chín": 0.55, CODE_SPOKEN: 0.45}],
    "closing": ["cấp lại mật khẩu", CODE_SPOKEN, "đúng rồi"],
}


def _conversations() -> Iterator[Any]:
    for file in FILES:
        for call in YAML(typ="safe").load(file.read_text(encoding="utf-8")):
            yield pytest.param(call, id=f"{file.stem}: {call['call']}")


@pytest.mark.parametrize("call", list(_conversations()))
def test_conversation(call: dict[str, Any], rasa_dialogue: Callable[..., Scene]) -> None:
    unknown = set(call) - {"call", "after", "caller", "accounts", "preselected", "lengths", "skip_above", "turns"}
    assert not unknown, f"unknown keys: {unknown}"
    options = Options(
        call.get("preselected", False),
        tuple(call.get("lengths", [10])),
        skip_read_back_above=call.get("skip_above"),
    )
    scene = rasa_dialogue(options, accounts=call.get("accounts"))
    talk = scene.call(call.get("caller", CALLER))
    for text in OPENINGS[call.get("after", "menu")]:
        _hear(talk, text)
    for number, turn in enumerate(call["turns"], start=1):
        _act(talk, turn)
        place = f"turn {number} {turn}: the bot said {talk.prompts}, reads {talk.read_back}, {talk.reply.intent}"
        assert _seen(talk, turn) == {key: turn[key] for key in EXPECTS & set(turn)}, place
    talk.end()


def _act(talk: Talk, turn: dict[str, Any]) -> None:
    assert set(turn) <= DOES | EXPECTS, f"unknown keys: {set(turn) - DOES - EXPECTS}"
    if "hear" in turn:
        _hear(talk, turn["hear"])
    elif "keys" in turn:
        talk.press(turn["keys"])
    elif "silence" in turn:
        talk.silence()


def _hear(talk: Talk, said: Said) -> None:
    if isinstance(said, dict):
        talk.turn(Utterance(tuple(Hypothesis(text, confidence) for text, confidence in said.items())))
    else:
        talk.hear(*([said] if isinstance(said, str) else said))


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
        "wanted": reply.digits_wanted,
    }
    return {key: seen[key] for key in EXPECTS & set(turn)}


def _short(prompt: str) -> str:
    return re.sub(r"ask_\w+_form_", "ask-", prompt.partition(".")[0].removeprefix("utter_"))
