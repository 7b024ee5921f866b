"""How well intents are told apart: utterances that training never saw, and digits in every way to say them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.dialogue.training import DialogueSources
from bot.vietnamese.sayings import SpeakingStyle, say_code
from tests.conversations.scene import Scene

HELD_OUT: dict[str, list[str]] = YAML(typ="safe").load(
    (Path(__file__).parent / "heldout_nlu.yml").read_text(encoding="utf-8")
)
FLOOR = 0.93  # of all utterances
FLOOR_OF_ONE = 0.8  # of one intent's
NOISE_FLOOR = 0.75  # of what is no request at all
COMMITS = frozenset({"affirm", "agent", "cancel", "goodbye"})  # what noise must not do: confirm, or end the call
CODE_INTENTS = frozenset({"give_code", "correct_code", "affirm", "deny"})  # all of these reach the code's slot
TURN_MS = 40  # on a busy two-core machine; about 5 on a quiet one


@pytest.fixture(scope="module")
def understood(rasa_dialogue: Callable[..., Scene]) -> Callable[[str], str]:
    agent = rasa_dialogue().dialogue._agent

    def intent(text: str) -> str:
        return str(asyncio.run(agent.parse_message(text))["intent"]["name"])

    return intent


def _training_examples(sources: DialogueSources) -> dict[str, set[str]]:
    examples: dict[str, set[str]] = {}
    for file in sources.training_files:
        document: dict[str, Any] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        for block in document.get("nlu", []):
            examples.setdefault(block["intent"], set()).update(line[2:] for line in block["examples"].splitlines())
    return examples


def test_held_out_utterances_are_not_in_the_training_data(dialogue_sources: DialogueSources) -> None:
    trained = set().union(*_training_examples(dialogue_sources).values())
    assert trained.isdisjoint(text for texts in HELD_OUT.values() for text in texts)


def test_every_intent_that_people_have_is_held_out_fifteen_times(dialogue_sources: DialogueSources) -> None:
    spoken = set(_training_examples(dialogue_sources)) - {"start_call", "press_keys", "no_input"}
    assert set(HELD_OUT) == spoken | {"not_understood"}
    assert {intent: len(set(texts)) for intent, texts in HELD_OUT.items() if len(set(texts)) < 15} == {}


def test_intents_are_told_apart(understood: Callable[[str], str]) -> None:
    wrong = {
        (intent, text): got
        for intent, texts in HELD_OUT.items()
        for text in texts
        if intent != "not_understood" and (got := understood(text)) != intent
    }
    asked = {intent: len(texts) for intent, texts in HELD_OUT.items() if intent != "not_understood"}
    misses = Counter(intent for intent, _ in wrong)
    accuracy = 1 - len(wrong) / sum(asked.values())
    weak = [intent for intent, count in asked.items() if misses[intent] > (1 - FLOOR_OF_ONE) * count]
    report = "\n".join(f"{intent}: {text!r} taken for {got}" for (intent, text), got in wrong.items())
    print(f"\nheld-out utterances understood: {accuracy:.1%} of {sum(asked.values())}")
    assert not weak, f"weak: {weak}; all {accuracy:.1%}\n{report}"
    assert accuracy >= FLOOR, f"{accuracy:.1%}\n{report}"


def test_noise_neither_confirms_nor_ends_a_call(understood: Callable[[str], str]) -> None:
    got = {text: understood(text) for text in HELD_OUT["not_understood"]}
    assert {text: intent for text, intent in got.items() if intent in COMMITS} == {}
    rejected = sum(intent == "nlu_fallback" for intent in got.values()) / len(got)
    print(f"\nnoise rejected: {rejected:.0%} of {len(got)}")
    assert rejected >= NOISE_FLOOR, got


@pytest.mark.parametrize("style", list(SpeakingStyle))
def test_digits_reach_the_code_in_every_style(understood: Callable[[str], str], style: SpeakingStyle) -> None:
    rng = random.Random(style.value)
    said = [say_code(_digits(rng), rng, style) for _ in range(60)]
    assert {text: intent for text in said if (intent := understood(text)) not in CODE_INTENTS} == {}


@pytest.mark.parametrize("style", list(SpeakingStyle))
def test_a_code_in_one_breath_is_read_back_in_every_style(
    rasa_dialogue: Callable[..., Scene], style: SpeakingStyle
) -> None:
    rng = random.Random(style.value)
    for _ in range(8):
        code = _digits(rng, length=10)
        talk = rasa_dialogue().call()
        talk.hear("cấp lại mật khẩu")
        talk.hear(said := say_code(code, rng, style))
        assert talk.read_back == code, said
        talk.end()


def test_a_turn_is_quick(rasa_dialogue: Callable[..., Scene]) -> None:
    talk = rasa_dialogue().call()
    talk.hear("cấp lại mật khẩu")
    times = []
    for _ in range(20):
        started = time.perf_counter()
        talk.hear("phí bao nhiêu")
        times.append((time.perf_counter() - started) * 1000)
    talk.end()
    assert sorted(times)[len(times) // 2] < TURN_MS


def _digits(rng: random.Random, length: int | None = None) -> str:
    return "".join(rng.choices("0123456789", k=length or rng.choice((2, 3, 4, 6, 10, 10, 10, 12))))
