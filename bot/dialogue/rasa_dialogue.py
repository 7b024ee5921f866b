"""Rasa behind the Dialogue port: its Agent runs in one thread with an event loop of its own, actions in process."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from bot.dialogue.code_slot import SECOND_FACTOR
from bot.dialogue.doubt import asked_group
from bot.dialogue.open_calls import OpenCalls
from bot.errors import DialogueError, ModelError
from bot.ports import Caller, Trouble
from bot.replies import Expect, Heard, Keys, NoInput, Reply, Utterance
from bot.reset.citizen_id import ENDING_DIGITS
from bot.vietnamese.speech import with_names

T = TypeVar("T")

CHANNEL = "phone"
HESITATIONS = frozenset({"ờ", "ờm", "à", "ừm", "ưm", "ơ", "ơm", "hừm", "hm", "um", "uhm"})
NOISE = re.compile(r"\[\w*\]|<\w*>")  # Vosk's "[unk]" and its like
RESETS_AT_ONCE = 4  # actions that wait for the database; others go on meanwhile
TROUBLE_RESPONSES = {
    Trouble.FAULT: "utter_lost",
    Trouble.UNAVAILABLE: "utter_unavailable",
    Trouble.TIME_UP: "utter_time_up",
}
PLEASE_WAIT = "utter_please_wait"
PERSONAL_SLOTS = frozenset({"bhxh_code", "partial_code", SECOND_FACTOR})


class RasaDialogue:
    """A trained Rasa model that talks with many callers.

    `actions` are rasa_sdk actions, ready built. Loading takes seconds; it happens when the object is built.

    Raises:
        ModelError: the model is missing or cannot be loaded.
    """

    def __init__(self, model: Path, actions: list[Any], calls: OpenCalls, *, code_digits: int) -> None:
        if not model.is_file():
            raise ModelError(f"Chưa có mô hình hội thoại {model.name}. Chạy: nhanh8 train")
        self._calls = calls
        self._code_digits = code_digits
        self._loop = asyncio.new_event_loop()
        self._resets = ThreadPoolExecutor(RESETS_AT_ONCE, thread_name_prefix="reset")
        self._loop.set_default_executor(self._resets)
        self._thread = threading.Thread(target=self._loop.run_forever, name="rasa", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._load(model, actions), self._loop).result()
        except Exception as error:  # noqa: BLE001 - Rasa raises anything on a broken archive
            self.close()
            raise ModelError(
                f"Không nạp được mô hình hội thoại {model.name} ({type(error).__name__}: {error}). "
                "Huấn luyện lại: nhanh8 train --force"
            ) from None

    async def start(self, caller: Caller) -> Reply:
        self._calls.add(caller)
        return await self._send(caller.call_id, "/start_call")

    async def reply(self, call_id: str, heard: Heard) -> Reply:
        if isinstance(heard, NoInput):
            return await self._send(call_id, "/no_input")
        if isinstance(heard, Keys):
            return await self._send(call_id, "/press_keys" + json.dumps({"keys": heard.keys}))
        return await self._send(call_id, _words(heard.text) or "/nlu_fallback", heard)

    async def apologise(self, call_id: str, trouble: Trouble) -> Reply:
        return self.sentence(TROUBLE_RESPONSES[trouble])

    def sentence(self, response: str) -> Reply:
        """What to say by itself, outside any conversation. Raises DialogueError."""
        from bot.dialogue.prompts import to_reply  # noqa: PLC0415 - Rasa is loaded by now

        message = self._prompts.message(response, {}, [])
        if message is None:
            raise DialogueError(f"Thiếu câu {response} trong nlu_data/domain.yml.")
        return to_reply([message])

    async def tracker(self, call_id: str) -> Any:
        """Rasa's own memory of a call that is going on, nothing masked, for tests of conversations; else None."""
        return await self._in_rasa(self._trackers.retrieve(call_id))

    async def end(self, call_id: str) -> None:
        self._calls.remove(call_id)
        await self._in_rasa(self._forget(call_id))

    def close(self) -> None:
        """Stop the threads; the dialogue is of no use afterwards."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._resets.shutdown(wait=False)

    async def _in_rasa(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _send(self, call_id: str, text: str, utterance: Utterance | None = None) -> Reply:
        return await self._in_rasa(self._handle(call_id, text, utterance))

    # What follows runs in Rasa's thread.

    async def _load(self, model: Path, actions: list[Any]) -> None:
        from rasa.core.agent import Agent  # noqa: PLC0415 - takes ten seconds

        from bot.dialogue.call_trackers import CallTrackers  # noqa: PLC0415
        from bot.dialogue.in_process import InProcessActions, trust_answers  # noqa: PLC0415
        from bot.dialogue.prompts import PromptGenerator  # noqa: PLC0415

        trust_answers()
        self._actions = InProcessActions(actions)
        self._agent = Agent(action_endpoint=self._actions)
        self._agent.load_model(str(model))
        domain, processor = self._agent.domain, self._agent.processor
        if domain is None or processor is None:
            raise DialogueError("mô hình không có hội thoại")
        self._prompts = PromptGenerator(domain.responses)
        self._trackers = CallTrackers(domain)
        processor.on_circuit_break = lambda tracker, *_: self._actions.failed.add(tracker.sender_id)
        self._agent.nlg = processor.nlg = self._prompts
        self._agent.tracker_store = processor.tracker_store = self._trackers

    async def _handle(self, call_id: str, text: str, utterance: Utterance | None) -> Reply:
        from rasa.core.channels.channel import UserMessage  # noqa: PLC0415

        from bot.dialogue.in_process import CollectingChannel  # noqa: PLC0415
        from bot.dialogue.prompts import to_reply  # noqa: PLC0415

        channel = CollectingChannel()
        hypotheses = utterance.hypotheses if utterance else ()
        heard = {"hypotheses": [h.text for h in hypotheses], "confidences": [h.confidence for h in hypotheses]}
        message = UserMessage(text, channel, call_id, input_channel=CHANNEL, metadata=heard)
        await self._agent.handle_message(message)
        if call_id in self._actions.failed:
            raise DialogueError("Một bước của hội thoại bị lỗi; xem nhật ký ngay phía trên.")
        tracker = await self._trackers.retrieve(call_id)
        if tracker is None or not channel.messages:
            raise DialogueError(f"Hội thoại không có câu trả lời cho ý định này; xem nlu_data/rules.yml ({call_id}).")
        slots = tracker.current_slot_values()
        intent, sure = _last_intent(tracker)
        reply = to_reply(
            channel.messages,
            intent=intent,
            intent_confidence=sure,
            slots=_shown(slots),
        )
        if reply.expect is Expect.CODE:
            return replace(reply, digits_wanted=self._digits_wanted(slots))
        return reply

    def _digits_wanted(self, slots: dict[str, Any]) -> int:
        """The digits of the second factor or the group that is asked for, else those of the code that are missing."""
        if slots.get("requested_slot") == SECOND_FACTOR:
            return ENDING_DIGITS
        group = asked_group(slots.get("bhxh_code"), slots.get("notice"))
        return group.end - group.start if group else self._code_digits - len(slots.get("partial_code") or "")

    async def _forget(self, call_id: str) -> None:
        self._trackers.forget(call_id)
        self._actions.failed.discard(call_id)


def _words(text: str) -> str:
    """What was said with names as designers write them and without marks for noise; empty for a hesitation.

    A classifier would take noise or a hesitation for a yes, and Rasa a text that begins with a slash for a command.
    """
    words = NOISE.sub(" ", text).lstrip("/ ").split()
    return "" if HESITATIONS.issuperset(words) else with_names(" ".join(words))


def _last_intent(tracker: Any) -> tuple[str | None, float | None]:
    """Its name, and the classifier's confidence in it, where it was one's decision."""
    from rasa.shared.core.events import UserUttered  # noqa: PLC0415 - Rasa is loaded by now

    said = (event for event in reversed(tracker.events) if isinstance(event, UserUttered))
    intent: dict[str, Any] = next((event.intent for event in said), {})
    name, sure = intent.get("name"), intent.get("confidence")
    return name, float(sure) if isinstance(sure, (int, float)) else None


def _shown(slots: dict[str, Any]) -> dict[str, str]:
    """Slots for people who watch: no secrets, codes as dots, nothing that is empty."""
    shown = {}
    for name, value in slots.items():
        if value is None or name in {"password", "session_started_metadata"}:
            continue
        shown[name] = "•" * len(value) if name in PERSONAL_SLOTS else str(value)
    return shown
