"""Validates the one slot of `closing_form`: after the password, does the caller need anything else?"""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.dialogue.turn import turn_intent
from bot.reset.service import ResetService

DONE = frozenset({"deny", "courtesy", "done", "goodbye", "cancel", "no_input"})
AGAIN = frozenset({"affirm", "repeat", "start_over", "reset_password", "press_keys"})
NOTHING = "nothing"  # the value that ends the form


class ValidateClosingForm(FormValidationAction):
    """Reads the password again as often as it is asked for, through a fresh one-use reference each time."""

    def __init__(self, service: ResetService, *, max_misses: int) -> None:
        self._service = service
        self._max_misses = max_misses

    def name(self) -> str:
        return "validate_closing_form"

    def validate_anything_else(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        intent = turn_intent(tracker)
        if value is None or intent in DONE:
            return {"anything_else": value and NOTHING}
        if intent in AGAIN:
            return self._read_again(dispatcher, tracker)
        misses = int(tracker.get_slot("misses") or 0) + 1
        return {"anything_else": NOTHING if misses >= self._max_misses else None, "misses": float(misses)}

    def _read_again(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> dict[str, Any]:
        ref = self._service.again(tracker.sender_id)
        if ref is None:
            return {"anything_else": NOTHING}
        dispatcher.utter_message(response="utter_password_again", password=ref.token)
        return {"anything_else": None, "misses": 0.0}
