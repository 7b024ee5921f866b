"""A caller by script: waits for the bot, speaks over it, leaves, and notes what was not as written."""

from __future__ import annotations

from typing import Any

import pytest

from bot.audio import SILENT_FRAME
from bot.events import Event, Kind
from bot.ports import AudioFrame, KeyPress, LineEvent
from bot.replies import HungUp, Outcome
from bot.transports.scripted_caller import ScriptedCaller, Step
from tests.contract.calls import LOUD_FRAME, level

IDLE = [SILENT_FRAME]


def step(place: str = "k.yml:1", after_ms: int = 400, **doing: Any) -> Step:
    return Step(place=place, after_ms=after_ms, **doing)


def caller(*steps: Step) -> ScriptedCaller:
    return ScriptedCaller(list(steps), IDLE)


def prompt(prompt_id: str) -> Event:
    return Event(Kind.PROMPT, 0, {"prompt_id": prompt_id})


SILENT = Event(Kind.SILENT, 0, {})


async def follow(line: ScriptedCaller, *bot: Event | int) -> list[LineEvent]:
    """What the caller does while `bot` happens; a number lets so many events of the line pass."""
    seen: list[LineEvent] = []
    events = line.events()
    for happening in bot:
        if isinstance(happening, Event):
            line(happening)
            continue
        for _ in range(happening):
            event = await anext(events, None)
            if event is None:
                return seen
            seen.append(event)
    return seen


def told(events: list[LineEvent]) -> str:
    """`.` for 20 ms of idle line, `v` of voice, keys as they are, `!` for hanging up."""
    signs = {AudioFrame(SILENT_FRAME): ".", AudioFrame(LOUD_FRAME): "v", HungUp(): "!"}
    return "".join(event.key if isinstance(event, KeyPress) else signs[event] for event in events)


VOICE = level(60, 3000)


async def test_answers_when_the_bot_has_been_silent_for_a_while() -> None:
    line = caller(step(audio=VOICE))
    seen = await follow(line, prompt("utter_menu"), 10, SILENT, 25)
    assert told(seen) == "." * 10 + "." * 20 + "vvv" + ".."


async def test_waits_for_the_answer_to_a_step_before_the_next() -> None:
    line = caller(step(after_ms=0, keys="8"), step("k.yml:2", after_ms=0, keys="1"))
    seen = await follow(line, prompt("a"), SILENT, 31, prompt("b"), 5, SILENT, 1)
    assert told(seen) == "8" + "." * 10 + "." * 20 + "." * 5 + "1"


async def test_waits_again_when_the_bot_goes_on_speaking() -> None:
    line = caller(step(after_ms=100, audio=VOICE))
    seen = await follow(line, prompt("a"), SILENT, 3, prompt("b"), 4, SILENT, 8)
    assert told(seen) == "." * 3 + "." * 4 + "." * 5 + "vvv"


async def test_presses_keys_one_after_the_other() -> None:
    line = caller(step(after_ms=0, keys="8#"))
    assert told(await follow(line, prompt("a"), SILENT, 24)) == "8" + "." * 10 + "#" + "." * 12


async def test_speaks_over_a_prompt() -> None:
    line = caller(step(after_ms=60, during="utter_fee", audio=VOICE))
    seen = await follow(line, prompt("utter_greeting"), 5, prompt("utter_fee"), 8)
    assert told(seen) == "." * 5 + "..." + "vvv" + ".."


async def test_the_rest_of_a_prompt_spoken_over_is_no_answer() -> None:
    line = caller(step(after_ms=0, during="a", keys="1"), step("k.yml:2", after_ms=0, expect="b", keys="2"))
    seen = await follow(line, prompt("a"), 11, SILENT, 5, prompt("b"), SILENT, 1)
    assert told(seen) == "1" + "." * 10 + "." * 5 + "2"
    assert not line.surprises


async def test_stays_silent_and_then_acts_on_what_the_bot_said_meanwhile() -> None:
    line = caller(step(after_ms=0, silence_ms=100), step("k.yml:2", after_ms=0, expect="b", keys="2"))
    seen = await follow(line, prompt("a"), SILENT, 2, prompt("b"), SILENT, 4)
    assert told(seen) == "." * 5 + "2"
    assert not line.surprises


async def test_hangs_up_in_the_middle_of_a_prompt() -> None:
    line = caller(step(after_ms=100, during="utter_password", hang_up=True))
    assert told(await follow(line, prompt("utter_password"), 50)) == "....." + "!"


@pytest.mark.parametrize("spoken", ["utter_menu", "utter_menu.2", "utter_menu.13"])
async def test_any_variation_of_the_expected_prompt_will_do(spoken: str) -> None:
    line = caller(step(after_ms=0, expect="utter_menu", keys="8"))
    await follow(line, prompt("utter_greeting"), prompt(spoken), SILENT, 1)
    assert not line.surprises


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        pytest.param(["utter_lost", "utter_lost"], "utter_lost", id="another prompt"),
        pytest.param(["utter_menu_too"], "utter_menu_too", id="a longer name"),
    ],
)
async def test_another_prompt_than_expected_is_a_surprise(spoken: list[str], said: str) -> None:
    line = caller(step("k.yml:7", after_ms=0, expect="utter_menu", keys="8"))
    await follow(line, *[prompt(one) for one in spoken], SILENT, 1)
    assert line.surprises == [f"k.yml:7: chờ câu utter_menu nhưng trợ lý nói: {said}"]


async def test_a_prompt_before_the_last_step_is_not_the_expected_one() -> None:
    line = caller(step(after_ms=0, keys="8"), step("k.yml:2", after_ms=0, expect="a", keys="1"))
    await follow(line, prompt("a"), SILENT, 11, prompt("b"), SILENT, 1)
    assert line.surprises == ["k.yml:2: chờ câu a nhưng trợ lý nói: b"]


async def test_a_call_that_ends_before_a_step_is_a_surprise_told_once() -> None:
    line = caller(step(keys="8"), step("k.yml:2", keys="1"))
    await follow(line, 5)
    await line.hang_up()
    await line.hang_up()
    assert line.surprises == ["k.yml:1: cuộc gọi kết thúc trước bước này"]


async def test_a_call_that_ends_after_its_last_step_is_no_surprise() -> None:
    line = caller(step(after_ms=0, keys="8"))
    await follow(line, prompt("a"), SILENT, 1)
    await line.hang_up()
    assert not line.surprises


@pytest.mark.parametrize(("spoken", "surprises"), [("utter_menu.2", 0), ("utter_menu.3", 1), ("utter_menu", 1)])
async def test_a_named_variation_must_be_that_one(spoken: str, surprises: int) -> None:
    line = caller(step(expect="utter_menu.2", after_ms=0, keys="1"))
    await follow(line, prompt(spoken), SILENT, 2)
    assert len(line.surprises) == surprises


@pytest.mark.parametrize(("ended", "surprises"), [(Outcome.RESET, 0), (Outcome.NO_MATCH, 1)])
async def test_another_end_than_expected_is_a_surprise(ended: Outcome, surprises: int) -> None:
    line = ScriptedCaller([], IDLE, outcome=Outcome.RESET)
    line(Event(Kind.CALL_ENDED, 0, {"outcome": ended.value}))
    assert len(line.surprises) == surprises


async def test_what_is_done_at_once_does_not_wait_for_the_bot() -> None:
    line = caller(step(keys="1", after_ms=40), step(audio=VOICE, after_ms=60, at_once=True))
    seen = told(await follow(line, prompt("utter_menu"), SILENT, 20))
    assert seen == ".." + "1" + "." * 10 + "..." + "vvv" + "." * (len(seen) - 19)


async def test_keys_may_be_pressed_slowly() -> None:
    line = caller(step(keys="12", after_ms=0, key_every_ms=100))
    assert told(await follow(line, prompt("utter_menu"), SILENT, 9)) == "1.....2.."


async def test_a_prompt_that_goes_on_after_a_false_start_is_answered_at_its_end() -> None:
    line = caller(step(during="utter_menu", after_ms=0, audio=VOICE), step(expect="utter_menu", keys="8", after_ms=20))
    resumed = Event(Kind.RESUMED, 0, {})
    assert told(await follow(line, prompt("utter_menu"), 6, resumed, 3, SILENT, 4)) == "vvv......" + ".8.."
    assert line.surprises == []
