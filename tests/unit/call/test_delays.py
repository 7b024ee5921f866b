"""A part of the bot that is slow or hangs: the caller hears words instead of silence."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.call import session as session_module
from bot.events import Event, Kind
from bot.ports import Caller, Hung, RecognizerStream, Segment, Trouble
from bot.replies import Expect, Heard, HungUp, Outcome, Reply, Say, SecretRef, Utterance
from tests.contract.calls import (
    PROMPT_MS,
    SECRET_LEVEL,
    SECRET_MS,
    Desk,
    FixedSpeaker,
    ScriptedCall,
    ScriptedDialogue,
    ask,
    farewell,
    level,
    password_reply,
    press,
    quiet,
    voice,
)
from tests.contract.recognizers import ScriptedRecognizer
from tests.unit.call.holding import HeldCall, hold, session

WAIT_LEVEL = 2222  # every sample of "please wait"
PLEASE_WAIT = Segment(prompt_id="utter_please_wait", audio=level(500, WAIT_LEVEL))


async def held(
    line: ScriptedCall, *, after: Kind, asked: threading.Event | None = None, longest_s: float = 60, **around: object
) -> HeldCall:
    """A call in which the bot loses patience with what it waits for after that event, until the caller is `asked` to
    wait.
    """

    def watch(event: Event) -> None:
        if event.kind is after:
            be_patient(0.02)
        elif event.kind is Kind.DELAY:
            be_patient(60)
            if asked:
                asked.set()

    def be_patient(patience_s: float) -> None:
        assert call.session
        call.session._staff = replace(
            call.session._staff, please_wait=(PLEASE_WAIT,), patience_s=patience_s, longest_s=longest_s
        )

    with session(line, sinks=(watch,), **around) as call:  # type: ignore[arg-type]
        be_patient(60)
        assert call.session
        call.result = await call.session.run()
    return call


class SlowDialogue(ScriptedDialogue):
    """Answers once the caller was asked to wait."""

    def __init__(self, line: ScriptedCall, *script: Reply) -> None:
        super().__init__(*script)
        self._line = line

    async def reply(self, call_id: str, heard: Heard) -> Reply:
        while level(20, WAIT_LEVEL).pcm not in self._line.sent:
            await asyncio.sleep(0.001)
        return await super().reply(call_id, heard)


async def test_a_caller_who_waits_for_an_answer_is_asked_to_and_then_gets_it() -> None:
    line = ScriptedCall(quiet(PROMPT_MS), press("8"))
    call = await held(line, after=Kind.HEARD, dialogue=SlowDialogue(line, ask("utter_menu"), farewell()))
    assert call.prompts == ["utter_menu", "utter_please_wait", "utter_goodbye"]
    assert call.of(Kind.DELAY)
    assert line.sent.count(level(20, WAIT_LEVEL).pcm) == 25
    assert call.outcome is Outcome.CANCELLED


async def test_words_of_waiting_that_come_back_as_an_echo_can_be_known() -> None:
    line = ScriptedCall(quiet(PROMPT_MS), press("8"), quiet(1000), press("1"))
    dialogue = SlowDialogue(line, ask("utter_menu"), ask("utter_next"), farewell())
    call = await held(line, after=Kind.HEARD, dialogue=dialogue)
    assert call.voice_activity.played.count(level(20, WAIT_LEVEL).pcm) == 25


async def test_keys_pressed_meanwhile_are_the_next_answer() -> None:
    line = ScriptedCall(quiet(PROMPT_MS), press("8"), quiet(500), press("1"))
    dialogue = SlowDialogue(line, ask("utter_menu"), ask("utter_next"), farewell())
    call = await held(line, after=Kind.HEARD, dialogue=dialogue)
    assert [getattr(heard, "keys", None) for heard in call.dialogue.heard] == ["8", "1"]


async def test_a_dialogue_that_never_answers_ends_the_call_with_an_apology(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "AGAIN_S", 0.02)

    class Silent(ScriptedDialogue):
        async def start(self, caller: Caller) -> Reply:
            return await asyncio.Event().wait()  # type: ignore[return-value]

    call = await held(ScriptedCall(), after=Kind.CALL_STARTED, dialogue=Silent(), longest_s=0.1)
    assert call.prompts[0] == "utter_please_wait"
    assert call.prompts[-1] == "utter_lost"
    assert call.dialogue.apologised == [Trouble.FAULT]
    assert call.one(Kind.TROUBLE).fields == {"trouble": "fault"}


class SlowSpeaker(FixedSpeaker):
    def __init__(self, asked: threading.Event) -> None:
        super().__init__()
        self._asked = asked

    def render(self, says: Sequence[Say]) -> list[Segment]:
        assert self._asked.wait(10)
        return super().render(says)


async def test_a_voice_that_is_slow_lets_the_caller_be_asked_to_wait() -> None:
    asked = threading.Event()
    call = await held(ScriptedCall(), after=Kind.DECIDED, asked=asked, speaker=SlowSpeaker(asked))
    assert call.prompts[:2] == ["utter_please_wait", "utter_menu"]


@pytest.mark.parametrize("leaves", [False, True], ids=["stays", "leaves meanwhile"])
async def test_a_password_that_is_slow_to_become_active_is_a_reset_also_for_who_leaves_meanwhile(leaves: bool) -> None:
    asked = threading.Event()

    class SlowDesk(Desk):
        def heard(self, ref: SecretRef) -> bool:
            assert asked.wait(10)
            return super().heard(ref)

    line, desk = ScriptedCall(quiet(PROMPT_MS + SECRET_MS + 100), [HungUp()] if leaves else []), SlowDesk()
    dialogue = ScriptedDialogue(password_reply())
    call = await held(line, after=Kind.PROMPT, asked=asked, dialogue=dialogue, desk=desk)
    assert call.outcome is Outcome.RESET
    assert len(desk.heard_refs) == 1
    at = line.sent.index(level(20, WAIT_LEVEL).pcm)
    assert line.sent[at - 1] == level(20, SECRET_LEVEL).pcm  # between the two readings
    assert call.session
    assert not (call.session.line.recording.bot.samples == WAIT_LEVEL).any()  # what comes next may be a secret


class LostRecognizer(ScriptedRecognizer):
    """The first turn is lost, when it has something to hear or with its result."""

    def __init__(self, lost: str) -> None:
        super().__init__("")
        self._lost = lost

    def open(self, expect: Expect) -> RecognizerStream:
        first, stream = not self.expected, super().open(expect)
        if first:
            setattr(stream, self._lost, self._hang)
        return stream

    def _hang(self, *_: object) -> None:
        raise Hung


@pytest.mark.parametrize("lost", ["accept", "finish"])
async def test_a_recogniser_that_is_lost_costs_the_turn_and_not_the_call(lost: str) -> None:
    line = ScriptedCall(quiet(PROMPT_MS), voice(600), quiet(2000), press("1"))
    dialogue = ScriptedDialogue(ask("utter_code", Expect.CODE, 10), ask("utter_again"))
    with session(line, dialogue=dialogue, recognizer=LostRecognizer(lost)) as call:
        assert call.session
        call.result = await call.session.run()
    assert call.dialogue.heard[0] == Utterance(())
    assert getattr(call.dialogue.heard[1], "keys", None) == "1"
    assert call.outcome is Outcome.CANCELLED


async def test_nobody_is_asked_to_wait_for_what_is_quick() -> None:
    call = await hold(ScriptedCall())
    assert not call.of(Kind.DELAY)
