"""What the dialogue does beside talking: answer a call, check an account, forget a code."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.dialogue.code_slot import SECOND_FACTOR, Notice
from bot.dialogue.open_calls import OpenCalls
from bot.dialogue.reset_form import RESET
from bot.errors import AccountsError
from bot.reset.service import ResetOutcome, ResetService

log = logging.getLogger(__name__)
Events = list[dict[str, Any]]


class AnswerCall(Action):
    """Greets, and notes whether there is a calling number to work with."""

    def __init__(self, calls: OpenCalls, *, branch_preselected: bool) -> None:
        self._calls = calls
        self._branch_preselected = branch_preselected

    def name(self) -> str:
        return "action_answer_call"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(response="utter_greeting")
        known = self._calls.get(tracker.sender_id).number is not None
        chosen = [SlotSet("service", RESET)] if self._branch_preselected else []
        return [SlotSet("caller_number", "known" if known else "withheld"), *chosen]


class CheckAccount(Action):
    """Asks the reset service for a new password; only an opaque reference to it comes back."""

    def __init__(self, calls: OpenCalls, service: ResetService, *, max_misses: int) -> None:
        self._calls = calls
        self._service = service
        self._max_misses = max_misses

    def name(self) -> str:
        return "action_check_account"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        code, ending = tracker.get_slot("bhxh_code"), tracker.get_slot(SECOND_FACTOR)
        if int(tracker.get_slot("misses") or 0) >= self._max_misses or not code:
            return [SlotSet("reset_result", "gave_up")]
        caller = self._calls.get(tracker.sender_id)
        try:
            result = await asyncio.get_running_loop().run_in_executor(None, self._service.request, caller, code, ending)
        except AccountsError as error:
            log.error("accounts unavailable", extra={"call_id": caller.call_id, "error": error.code})
            return [SlotSet("reset_result", "unavailable")]
        if result.outcome is ResetOutcome.ISSUED and result.secret is not None:
            return [SlotSet("reset_result", "issued"), SlotSet("password", result.secret.token), *_forget(None)]
        if result.outcome is ResetOutcome.REFUSED_TRY_AGAIN:
            return [SlotSet("reset_result", "retry"), *_forget(Notice.NO_MATCH)]
        return [SlotSet("reset_result", "refused"), *_forget(None)]


class ForgetCode(Action):
    """The caller wants to say the code from the beginning."""

    def name(self) -> str:
        return "action_forget_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return _forget(Notice.RESTARTED)


def _forget(notice: Notice | None) -> Events:
    return [
        SlotSet("bhxh_code", None),
        SlotSet("partial_code", None),
        SlotSet("code_confirmed", None),
        SlotSet(SECOND_FACTOR, None),
        SlotSet("misses", 0.0),
        SlotSet("notice", notice.value if notice else None),
    ]
