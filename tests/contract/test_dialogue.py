"""What every dialogue promises: Rasa's, and the scripted one of the session's tests."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from bot.ports import Caller, Dialogue, Trouble
from bot.replies import DigitString, Expect, Heard, Hypothesis, Keys, NoInput, Outcome, Reply, SecretRef, Utterance
from tests.contract.calls import ScriptedDialogue, ask, password_reply

NUMBER, CODE = "0912345678", "0123456789"
OUTCOMES = {
    Trouble.FAULT: Outcome.ERROR,
    Trouble.UNAVAILABLE: Outcome.UNAVAILABLE,
    Trouble.TIME_UP: Outcome.TIME_UP,
}
_CALLS = count(1)


def scripted() -> ScriptedDialogue:
    return ScriptedDialogue(
        ask("utter_menu"), ask("utter_code", Expect.CODE, 10), ask("utter_confirm", Expect.YES_NO), password_reply()
    )


@pytest.fixture(params=["rasa", "scripted"])
def dialogue(request: pytest.FixtureRequest) -> Dialogue:
    if request.param == "scripted":
        return scripted()
    scene: Callable[[], object] = request.getfixturevalue("rasa_dialogue")
    loaded: Dialogue = scene().dialogue  # type: ignore[attr-defined]
    return loaded


@pytest.fixture
def caller() -> Caller:
    return Caller(f"contract-{next(_CALLS)}", NUMBER)


def said(text: str) -> Utterance:
    return Utterance((Hypothesis(text),))


async def talk(dialogue: Dialogue, caller: Caller, *turns: Heard) -> list[Reply]:
    return [await dialogue.start(caller), *[await dialogue.reply(caller.call_id, heard) for heard in turns]]


async def test_it_has_the_first_word(dialogue: Dialogue, caller: Caller) -> None:
    first = await dialogue.start(caller)
    assert first.says
    assert (first.expect, first.hang_up) == (Expect.MENU, False)


@pytest.mark.parametrize(
    "heard",
    [
        pytest.param(said("cấp lại mật khẩu"), id="speech"),
        pytest.param(Keys("8"), id="keys"),
        pytest.param(NoInput(), id="silence"),
        pytest.param(said(""), id="no words"),
        pytest.param(Utterance(()), id="no hypothesis"),
        pytest.param(Keys("*"), id="a star"),
        pytest.param(said("/start_call"), id="words that look like a command"),
    ],
)
async def test_it_has_an_answer_to_whatever_is_heard(dialogue: Dialogue, caller: Caller, heard: Heard) -> None:
    _, answer = await talk(dialogue, caller, heard)
    assert answer.says
    assert answer.hang_up or answer.expect is not Expect.NOTHING


async def test_where_a_code_is_expected_it_says_how_many_digits(dialogue: Dialogue, caller: Caller) -> None:
    _, answer = await talk(dialogue, caller, Keys("8"))
    assert (answer.expect, answer.digits_wanted) == (Expect.CODE, len(CODE))


async def test_a_password_is_a_reference_and_may_not_be_interrupted(dialogue: Dialogue, caller: Caller) -> None:
    *_, answer = await talk(dialogue, caller, Keys("8"), Keys(CODE), Keys("1"))
    (secret,) = [say for say in answer.says if any(isinstance(value, SecretRef) for value in say.values.values())]
    assert not secret.interruptible
    assert not any(isinstance(value, DigitString) for value in secret.values.values())
    assert all("{" + name + "}" in secret.text for name in secret.values)


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_an_apology_ends_the_call_and_tells_its_outcome(
    dialogue: Dialogue, caller: Caller, trouble: Trouble
) -> None:
    await dialogue.start(caller)
    apology = await dialogue.apologise(caller.call_id, trouble)
    assert apology.says
    assert (apology.hang_up, apology.outcome) == (True, OUTCOMES[trouble])


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_it_can_apologise_in_a_call_that_never_started(
    dialogue: Dialogue, caller: Caller, trouble: Trouble
) -> None:
    assert (await dialogue.apologise(caller.call_id, trouble)).hang_up


async def test_ending_is_harmless_twice_and_in_a_call_that_never_started(dialogue: Dialogue, caller: Caller) -> None:
    await dialogue.end(caller.call_id)
    await dialogue.start(caller)
    await dialogue.end(caller.call_id)
    await dialogue.end(caller.call_id)


async def test_a_call_that_ended_is_forgotten(dialogue: Dialogue, caller: Caller) -> None:
    first, _ = await talk(dialogue, caller, Keys("8"))
    await dialogue.end(caller.call_id)
    assert await dialogue.start(caller) == first


async def test_calls_do_not_mix(dialogue: Dialogue, caller: Caller) -> None:
    other = Caller(f"{caller.call_id}-other", NUMBER)
    await dialogue.start(caller)
    await dialogue.start(other)
    assert (await dialogue.reply(caller.call_id, Keys("8"))).expect is Expect.CODE
    assert (await dialogue.reply(other.call_id, Keys("8"))).expect is Expect.CODE
    assert (await dialogue.reply(caller.call_id, Keys(CODE))).expect is Expect.YES_NO
    await dialogue.end(other.call_id)
    assert (await dialogue.reply(caller.call_id, Keys("1"))).expect is Expect.CLOSING


async def test_the_same_call_twice_gets_the_same_answers(dialogue: Dialogue, caller: Caller) -> None:
    turns = (NoInput(), said("cấp lại mật khẩu"), Keys("01234"))
    first = await talk(dialogue, caller, *turns)
    await dialogue.end(caller.call_id)
    assert await talk(dialogue, caller, *turns) == first
