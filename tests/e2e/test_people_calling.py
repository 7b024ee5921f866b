"""Whole calls of real people: their digits in a row, their “đúng” and “không” on real telephone lines."""

from __future__ import annotations

import random

import pytest

from bot.app import account_register
from bot.audio import Audio
from bot.replies import Outcome
from bot.transports.phone_line import PhoneLine
from bot.transports.scripted_caller import ScriptedCaller, Step
from tests.e2e.conftest import LoadedBot
from tests.people import people_available, spoken_code, telephone, telephone_reply

pytestmark = [
    pytest.mark.people,
    pytest.mark.skipif(not people_available(), reason="the recordings of people are not beside the project"),
]

CALLERS = 40
THROUGH = 25  # 33 of them do; the rest is for what a new training may change


def step(expect: str, audio: Audio | None = None, keys: str = "") -> Step:
    return Step(place=expect, after_ms=400, expect=expect, audio=audio, keys=keys)


def person(code: str, seed: int) -> ScriptedCaller:
    """Presses 8, says the code once, says “đúng” to whatever is read back, and “không” to hearing it again."""
    steps = [
        step("utter_ask_reset_form_service", keys="8"),
        step("utter_ask_reset_form_bhxh_code", telephone(spoken_code(code, seed=seed), seed=seed)),
        step("utter_ask_reset_form_code_confirmed", telephone_reply("đúng", number=seed)),
        step("utter_password", telephone_reply("không", number=seed)),
    ]
    return ScriptedCaller(steps, PhoneLine(seed=seed).idle_frames())


def drawn_code(seed: int) -> str:
    return "".join(random.Random(seed).choices("0123456789", k=10))


@pytest.fixture(scope="module")
def outcomes(loaded_bot: LoadedBot) -> dict[str, tuple[Outcome, bool]]:
    """For each caller's code how the call ended, and whether that account got a new password."""
    register = account_register(loaded_bot.settings)
    found = {}
    try:
        for seed in range(CALLERS):
            code, number = drawn_code(seed), f"04000010{seed:02}"
            before = register.add(code=code, phone=number, name="Người Thử").password_hash
            finished = loaded_bot.call(number, person(code, seed))
            after = register.find(code)
            assert after is not None
            found[code] = (finished.outcome, after.password_hash != before)
    finally:
        register.close()
    return found


def test_every_call_ends_and_a_password_changes_exactly_when_the_call_says_so(
    outcomes: dict[str, tuple[Outcome, bool]],
) -> None:
    assert len(outcomes) == CALLERS
    for code, (outcome, changed) in outcomes.items():
        assert changed == (outcome is Outcome.RESET), (code, outcome)


def test_some_people_get_through_at_their_first_try(outcomes: dict[str, tuple[Outcome, bool]]) -> None:
    through = sum(outcome is Outcome.RESET for outcome, _ in outcomes.values())
    print(f"\n{through} of {CALLERS} callers pasted from people's digits got their password at the first try")
    assert through >= THROUGH
