"""Chooses the wording of a response and keeps its text and values apart: Rasa never fills a value into a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator, ResponseVariationFilter
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.errors import DialogueError
from bot.replies import PLACE, DigitString, Expect, Outcome, Reply, Say, SecretRef, Value, prompt_id

_DIGITS = frozenset({"bhxh_code", "partial_code"})
_SECRETS = frozenset({"password"})
_ANY_CHANNEL = ""


class PromptGenerator(NaturalLanguageGenerator):
    """Rasa's response generator that leaves the text as the designer wrote it.

    Among the variations whose conditions hold, the one used least in this call is next: a question that has to be
    asked again is asked in other words, and the same call always goes the same way.
    """

    def __init__(self, responses: dict[str, list[dict[str, Any]]]) -> None:
        self._responses = responses

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The message for `utter_action`: `text`, `prompt_id`, `values` by place, and the variation's `metadata`."""
        slots = {**tracker.current_slot_values(), **kwargs}
        spoken = [e.metadata.get("prompt_id") for e in tracker.events if isinstance(e, BotUttered)]
        return self.message(utter_action, slots, spoken)

    def message(self, response: str, slots: Mapping[str, Any], spoken: Iterable[str | None]) -> dict[str, Any] | None:
        """The same without a tracker: `spoken` are the prompt ids of the call so far."""
        if response not in self._responses:
            return None
        variations = self._responses[response]
        fitting = ResponseVariationFilter(self._responses).responses_for_utter_action(
            response, _ANY_CHANNEL, dict(slots)
        )
        if not fitting:
            return None
        ids = {prompt_id(response, variations.index(v)): v for v in fitting}
        used = list(spoken)
        chosen = min(ids, key=used.count)
        text = str(ids[chosen]["text"])
        return {
            "text": text,
            "prompt_id": chosen,
            "values": {name: slots.get(name) for name in PLACE.findall(text)},
            "metadata": dict(ids[chosen].get("metadata") or {}),
        }


def to_reply(messages: list[dict[str, Any]], **about: Any) -> Reply:
    """The reply that Rasa's messages amount to. The last one that says what it expects decides; one that hangs up is
    the last to be said, though a form goes on to ask.
    """
    says: list[Say] = []
    expect = Expect.NOTHING
    for message in messages:
        metadata = message["metadata"]
        says.append(_say(message))
        if metadata.get("hang_up"):
            outcome = Outcome(metadata.get("outcome", Outcome.ERROR))
            return Reply(says=tuple(says), expect=Expect.NOTHING, hang_up=True, outcome=outcome, **about)
        expect = Expect(metadata.get("expect", expect))
    return Reply(says=tuple(says), expect=expect, **about)


def _say(message: dict[str, Any]) -> Say:
    return Say(
        prompt_id=message["prompt_id"],
        text=message["text"],
        values={name: _value(name, value) for name, value in message["values"].items()},
        interruptible=bool(message["metadata"].get("interruptible", True)),
    )


def _value(name: str, value: Any) -> Value:
    if value is None:
        raise DialogueError(f"Câu trả lời cần {{{name}}} nhưng lúc này chưa có giá trị. Xem lại nlu_data/.")
    if name in _SECRETS:
        return SecretRef(str(value))
    return DigitString(str(value)) if name in _DIGITS else str(value)
