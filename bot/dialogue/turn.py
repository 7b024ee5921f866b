"""What the caller did in the turn that an action is looking at."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk import Tracker

from bot.replies import Hypothesis


def turn_intent(tracker: Tracker) -> str:
    return str(tracker.latest_message.get("intent", {}).get("name"))


def turn_keys(tracker: Tracker) -> str | None:
    """The keys of this turn, None when it was no key turn."""
    if turn_intent(tracker) != "press_keys":
        return None
    return next((str(e["value"]) for e in tracker.latest_message.get("entities", []) if e["entity"] == "keys"), "")


def turn_hypotheses(tracker: Tracker) -> Sequence[Hypothesis]:
    """What was heard, best hypothesis first; empty text for silence."""
    message = tracker.latest_message
    metadata = message.get("metadata") or {}
    heard = metadata.get("hypotheses")
    if heard:
        return [Hypothesis(*each) for each in zip(heard, metadata["confidences"], strict=True)]
    text = str(message.get("text") or "")
    return [Hypothesis("" if text.startswith("/") else text)]


def turn_texts(tracker: Tracker) -> Sequence[str]:
    """The texts of `turn_hypotheses`."""
    return [hypothesis.text for hypothesis in turn_hypotheses(tracker)]
