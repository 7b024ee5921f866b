"""One call from answer to hang-up, whatever happens in it."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from dataclasses import replace

import pytest

from bot.audio import SILENT_FRAME
from bot.errors import AccountsBusy, DialogueError, SpeechError
from bot.events import Event, Kind, masked
from bot.ports import LineEvent, Trouble
from bot.replies import DigitString, Expect, HungUp, Hypothesis, Keys, Outcome, Reply, Utterance
from bot.settings import BargeInSettings, TurnsSettings
from bot.vietnamese.masking import mask_numbers
from tests.contract.calls import (
    PROMPT_MS,
    SECRET,
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
    say,
    voice,
)
from tests.unit.call.holding import CALLER, HeldCall, hold, session

READ_ONCE_MS = PROMPT_MS + SECRET_MS  # when the first reading is complete
HANG_UP: list[LineEvent] = [HungUp()]
LEAK = "48213076"


def kinds(held: HeldCall) -> list[Kind]:
    return [event.kind for event in held.events]


def assert_ended_once(held: HeldCall, line: ScriptedCall) -> None:
    assert line.hung_up == 1
    assert held.dialogue.ended == [CALLER.call_id]
    assert held.desk.ended == [CALLER.call_id]


async def test_a_call_goes_from_question_to_answer_to_farewell() -> None:
    line = ScriptedCall(quiet(PROMPT_MS), voice(600))
    held = await hold(line, words=("cấp lại mật khẩu",))
    assert held.prompts == ["utter_menu", "utter_goodbye"]
    assert held.outcome is Outcome.CANCELLED
    assert held.result
    assert (held.result.turns, held.result.duration_ms) == (1, 3300)
    assert held.dialogue.callers == [CALLER]
    assert_ended_once(held, line)


async def test_the_line_gets_the_bots_speech_and_is_silent_by_itself() -> None:
    line = ScriptedCall(quiet(PROMPT_MS), voice(600))
    held = await hold(line, words=("tám",))
    assert held.result
    assert line.sent == [level(20, 1000).pcm] * (2 * PROMPT_MS // 20)


async def test_the_farewell_is_played_to_its_end_before_hanging_up() -> None:
    line = ScriptedCall()
    held = await hold(line, dialogue=ScriptedDialogue(farewell()))
    assert held.result
    assert held.result.duration_ms == PROMPT_MS
    assert line.sent[-1] != SILENT_FRAME


async def test_events_tell_the_call_in_order() -> None:
    held = await hold(ScriptedCall(quiet(PROMPT_MS), voice(600)), words=("tám",))
    begin = [Kind.CALL_STARTED, Kind.DECIDED, Kind.RENDERED, Kind.PROMPT, Kind.SILENT]
    turn = [Kind.PARTIAL, Kind.SPEECH, Kind.HEARD]
    assert kinds(held) == [*begin, *turn, Kind.DECIDED, Kind.RENDERED, Kind.PROMPT, Kind.SILENT]
    assert [event.at_ms for event in held.events] == sorted(event.at_ms for event in held.events)


async def test_a_farewell_without_an_outcome_is_an_error() -> None:
    held = await hold(ScriptedCall(), dialogue=ScriptedDialogue(farewell(outcome=None)))
    assert held.outcome is Outcome.ERROR


# The password.


async def test_the_password_is_active_when_its_first_reading_was_played() -> None:
    held = await hold(ScriptedCall(), dialogue=ScriptedDialogue(password_reply()))
    assert held.desk.heard_refs == [SECRET]
    assert held.one(Kind.PASSWORD_HEARD).at_ms == READ_ONCE_MS
    assert held.outcome is Outcome.RESET


@pytest.mark.parametrize(
    ("left_at_ms", "heard", "outcome"),
    [
        pytest.param(PROMPT_MS, [], Outcome.HUNG_UP, id="before it"),
        pytest.param(READ_ONCE_MS - 20, [], Outcome.HUNG_UP, id="one frame before its end"),
        pytest.param(READ_ONCE_MS, [SECRET], Outcome.RESET, id="at its end"),
        pytest.param(READ_ONCE_MS + SECRET_MS, [SECRET], Outcome.RESET, id="after the second reading"),
    ],
)
async def test_a_password_counts_only_for_a_caller_who_heard_it(
    left_at_ms: int, heard: list[object], outcome: Outcome
) -> None:
    line = ScriptedCall(quiet(left_at_ms), HANG_UP)
    held = await hold(line, dialogue=ScriptedDialogue(password_reply()))
    assert held.desk.heard_refs == heard
    assert held.outcome is outcome
    assert_ended_once(held, line)


@pytest.mark.parametrize(
    "desk",
    [
        pytest.param(Desk(active=False), id="lapsed"),
        pytest.param(Desk(failure=AccountsBusy("bận")), id="database away"),
    ],
)
async def test_a_password_that_cannot_be_made_active_is_taken_back_with_an_apology(desk: Desk) -> None:
    line = ScriptedCall()
    held = await hold(line, dialogue=ScriptedDialogue(password_reply()), desk=desk)
    assert held.dialogue.apologised == [Trouble.UNAVAILABLE]
    assert held.prompts == ["utter_password", "utter_unavailable"]
    assert held.outcome is Outcome.UNAVAILABLE
    assert held.result
    assert held.result.duration_ms == READ_ONCE_MS + PROMPT_MS
    assert not held.of(Kind.PASSWORD_HEARD)
    assert_ended_once(held, line)


async def test_keys_over_the_password_neither_stop_it_nor_get_lost() -> None:
    script = [*quiet(PROMPT_MS + 500), *press("1")]
    held = await hold(ScriptedCall(script), dialogue=ScriptedDialogue(password_reply()))
    assert held.dialogue.heard == [Keys("1")]
    assert not held.of(Kind.BARGE_IN)
    assert held.outcome is Outcome.RESET


async def test_no_recording_holds_the_password_on_either_side() -> None:
    line = ScriptedCall(voice(20_000))
    unstoppable = TurnsSettings(barge_in=BargeInSettings(most_stops=0))
    with session(line, dialogue=ScriptedDialogue(password_reply()), turns=unstoppable) as held:
        assert held.session
        await held.session.run()
        recording = held.session.line.recording
    assert (recording.bot.samples == 1000).any()
    assert not (recording.bot.samples == SECRET_LEVEL).any()
    while_secret = slice(PROMPT_MS * 8, (PROMPT_MS + 2 * SECRET_MS) * 8)
    assert not recording.caller.samples[while_secret].any()
    assert recording.caller.samples[: PROMPT_MS * 8].all()


async def test_no_recording_holds_what_the_caller_says_when_it_stops_the_password() -> None:
    line = ScriptedCall(quiet(PROMPT_MS + 500), voice(1500))
    with session(line, dialogue=ScriptedDialogue(password_reply())) as held:
        assert held.session
        await held.session.run()
    assert held.of(Kind.BARGE_IN)
    assert held.of(Kind.RESUMED)
    assert not held.session.line.recording.caller.samples.any()


async def test_a_password_that_was_stopped_is_said_again_from_its_group_and_is_active_once() -> None:
    line = ScriptedCall(quiet(PROMPT_MS + 500), voice(600))
    held = await hold(line, dialogue=ScriptedDialogue(password_reply()))
    secret = level(20, SECRET_LEVEL).pcm
    assert line.sent.count(secret) == (2 * SECRET_MS + 640) // 20  # 500 ms, and 140 until it stopped, were in vain
    assert held.desk.heard_refs == [SECRET]


async def test_once_a_password_is_active_the_call_was_a_reset_whatever_fails_later() -> None:
    held = await hold(ScriptedCall(), dialogue=ScriptedDialogue(password_reply(), RuntimeError("later")))
    assert held.dialogue.apologised == [Trouble.FAULT]
    assert held.outcome is Outcome.RESET


# What goes wrong.


@pytest.mark.parametrize(
    ("around", "prompts"),
    [
        pytest.param({"dialogue": ScriptedDialogue(DialogueError("x"))}, ["utter_lost"], id="no first word"),
        pytest.param(
            {"dialogue": ScriptedDialogue(ask("utter_menu"), KeyError("x"))}, ["utter_menu", "utter_lost"], id="a bug"
        ),
    ],
)
async def test_a_fault_is_apologised_for(around: dict[str, ScriptedDialogue], prompts: list[str]) -> None:
    line = ScriptedCall()
    held = await hold(line, dialogue=around["dialogue"])
    assert held.dialogue.apologised == [Trouble.FAULT]
    assert held.prompts == prompts
    assert held.outcome is Outcome.ERROR
    assert_ended_once(held, line)


@pytest.mark.parametrize(
    "around",
    [
        pytest.param({"dialogue": ScriptedDialogue(RuntimeError("x"), apologies={})}, id="the dialogue has none"),
        pytest.param({"speaker": FixedSpeaker(SpeechError("x"))}, id="the speaker is broken"),
        pytest.param({"speaker": FixedSpeaker(RuntimeError("x"))}, id="the speaker has a bug"),
        pytest.param({"breaks_at_frame": 10}, id="the line is broken"),
    ],
)
async def test_a_call_without_even_an_apology_still_ends_in_order(around: dict[str, object]) -> None:
    line = ScriptedCall(breaks_at_frame=around.pop("breaks_at_frame", None))  # type: ignore[arg-type]
    held = await hold(line, **around)
    assert held.outcome is Outcome.ERROR
    assert_ended_once(held, line)


async def test_a_failing_event_log_ends_the_call_in_order() -> None:
    def full(event: Event) -> None:
        raise OSError("No space left on device")

    line = ScriptedCall()
    held = await hold(line, sinks=(full,))
    assert held.outcome is Outcome.ERROR
    assert_ended_once(held, line)


class DeafLine(ScriptedCall):
    async def hang_up(self) -> None:
        await super().hang_up()
        raise ConnectionResetError("line lost")


class StubbornDialogue(ScriptedDialogue):
    async def end(self, call_id: str) -> None:
        await super().end(call_id)
        raise DialogueError("x")


async def test_every_ending_is_tried_whichever_fails() -> None:
    line = DeafLine()
    held = await hold(line, dialogue=StubbornDialogue(farewell()), desk=Desk(end_failure=AccountsBusy("bận")))
    assert held.outcome is Outcome.CANCELLED
    assert_ended_once(held, line)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(quiet(500), id="in a prompt"),
        pytest.param([], id="at once"),
        pytest.param([*quiet(PROMPT_MS), *voice(400)], id="while speaking"),
        pytest.param([*quiet(PROMPT_MS), *press("01")], id="between keys"),
    ],
)
async def test_a_caller_may_leave_at_any_time(script: list[LineEvent]) -> None:
    line = ScriptedCall(script, HANG_UP)
    held = await hold(line, dialogue=ScriptedDialogue(ask("utter_code", Expect.CODE, 10)))
    assert held.outcome is Outcome.HUNG_UP
    assert held.dialogue.heard == []
    assert not held.dialogue.apologised
    assert_ended_once(held, line)


async def test_a_caller_may_leave_during_an_apology() -> None:
    line = ScriptedCall(quiet(500), HANG_UP)
    held = await hold(line, dialogue=ScriptedDialogue(RuntimeError("x")))
    assert held.outcome is Outcome.HUNG_UP
    assert_ended_once(held, line)


async def test_a_call_that_is_too_long_ends_with_an_apology_that_is_played() -> None:
    line = ScriptedCall()
    held = await hold(line, dialogue=ScriptedDialogue(*[ask("utter_menu")] * 99), max_call_ms=30_500)
    assert held.dialogue.apologised == [Trouble.TIME_UP]
    assert held.prompts[-1] == "utter_time_up"
    assert held.outcome is Outcome.TIME_UP
    assert held.result
    assert held.result.duration_ms == 30_500 + PROMPT_MS
    assert_ended_once(held, line)


async def test_the_limit_cuts_even_a_prompt() -> None:
    held = await hold(ScriptedCall(), dialogue=ScriptedDialogue(farewell()), max_call_ms=PROMPT_MS // 2)
    assert held.prompts == ["utter_goodbye", "utter_time_up"]
    assert held.outcome is Outcome.TIME_UP


async def test_a_cancelled_call_is_ended_in_order() -> None:
    class Waiting(ScriptedDialogue):
        async def reply(self, call_id: str, heard: object) -> Reply:
            asking.set()
            await asyncio.Event().wait()
            raise AssertionError

    asking = asyncio.Event()
    line = ScriptedCall()
    with session(line, dialogue=Waiting()) as held:
        assert held.session
        call = asyncio.create_task(held.session.run(), name="call")
        await asking.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert_ended_once(held, line)


async def test_a_call_cancelled_while_its_password_becomes_active_is_ended_after_that() -> None:
    class SlowDesk(Desk):
        def heard(self, ref: object) -> bool:
            loop.call_soon_threadsafe(activating.set)
            assert may_finish.wait(10)
            return super().heard(SECRET)

    loop, activating, may_finish = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    line = ScriptedCall()
    with session(line, dialogue=ScriptedDialogue(password_reply()), desk=SlowDesk()) as held:
        assert held.session
        call = asyncio.create_task(held.session.run(), name="call")
        await activating.wait()
        call.cancel()
        for _ in range(20):
            await asyncio.sleep(0)  # lets the call go on, if it would
        assert held.desk.ended == []
        may_finish.set()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert held.desk.heard_refs == [SECRET]
    assert_ended_once(held, line)


# What is written down.

CODE = "0123456789"
SPOKEN_CODE = "không một hai ba bốn năm sáu bảy tám chín"


def code_call() -> ScriptedCall:
    keyed = [*quiet(2 * PROMPT_MS), *press(CODE)]
    return ScriptedCall(quiet(PROMPT_MS), voice(3000), quiet(2000), keyed)


def code_dialogue() -> ScriptedDialogue:
    read_back = Reply(says=(say("utter_confirm", bhxh_code=DigitString(CODE)),), expect=Expect.CODE, digits_wanted=10)
    return ScriptedDialogue(ask("utter_code", Expect.CODE, 10), read_back, password_reply())


async def test_no_event_that_is_written_down_holds_digits_or_a_ticket() -> None:
    held = await hold(code_call(), dialogue=code_dialogue(), words=(SPOKEN_CODE, ""))
    assert held.dialogue.heard[:2] == [Utterance((Hypothesis(SPOKEN_CODE, 1.0),)), Keys(CODE)]
    written = json.dumps([masked(event, mask_numbers) for event in held.events], ensure_ascii=False)
    for leak in (CODE, "0912345678", SPOKEN_CODE, "không một", SECRET.token):
        assert leak not in written
    assert "•" * 10 in written


@pytest.mark.parametrize(
    "around",
    [
        pytest.param({"dialogue": ScriptedDialogue(DialogueError(LEAK))}, id="dialogue"),
        pytest.param({"speaker": FixedSpeaker(SpeechError(LEAK))}, id="speaker"),
        pytest.param(
            {"dialogue": ScriptedDialogue(password_reply()), "desk": Desk(failure=AccountsBusy(LEAK))},
            id="desk",
        ),
        pytest.param({"desk": Desk(end_failure=ValueError(LEAK))}, id="end"),
    ],
)
async def test_no_log_record_holds_the_text_of_an_error(
    around: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await hold(ScriptedCall(), **around)
    failures = [record for record in caplog.records if record.name == "bot.call.session"]
    assert failures
    for record in caplog.records:
        assert LEAK not in repr(record.__dict__)
    assert {record.__dict__["call_id"] for record in failures} == {CALLER.call_id}
    assert all(record.__dict__["where"].startswith("calls.py:") for record in failures)


def without_computing_times(event: Event) -> Event:
    return replace(event, fields={name: value for name, value in event.fields.items() if not measured(name)})


def measured(name: str) -> bool:
    return name in {"recognise_ms", "decide_ms", "render_ms"}


async def test_the_same_call_twice_is_the_same_to_the_event() -> None:
    first, second = [await hold(code_call(), dialogue=code_dialogue(), words=(SPOKEN_CODE, "")) for _ in range(2)]
    assert len(first.events) > 15
    assert [without_computing_times(e) for e in first.events] == [without_computing_times(e) for e in second.events]
