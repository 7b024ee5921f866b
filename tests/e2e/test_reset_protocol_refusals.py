"""Nothing that goes over the wire, or into a call's events, tells why a caller was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from bot.events import Kind, masked
from bot.ports import ResetRequest
from bot.replies import Outcome
from bot.vietnamese.masking import mask_numbers
from tests.contract.calls import ScriptedCall, press, quiet
from tests.contract.directories import NO_LIMITS
from tests.conversations.scene import CALLER, CODE, Scene
from tests.unit.call.holding import hold

OTHER_CODE, OTHER_NUMBER = "0055512340", "0400000001"
COMPUTING = {"decide_ms", "render_ms", "recognise_ms"}  # how long, which is another test's: nhanh8 bench refusals
SAYS_THE_CODE = [*quiet(1500), *press(CODE), *quiet(1500), *press("1")]


@dataclass
class Wire:
    """What the caller's side gets, and what the bot notes of it."""

    frames: list[bytes]
    events: list[dict[str, object]]
    outcome: Outcome | None


def nobody(scene: Scene) -> None:
    scene.fresh({})


def another_number(scene: Scene) -> None:
    scene.fresh({CODE: OTHER_NUMBER})


def another_code(scene: Scene) -> None:
    scene.fresh({OTHER_CODE: CALLER})


def two_people(scene: Scene) -> None:
    scene.fresh({CODE: OTHER_NUMBER, OTHER_CODE: CALLER})


def disabled(scene: Scene) -> None:
    scene.fresh()
    scene.directory.accounts[CODE].disabled = True


def waiting(scene: Scene, number: str = CALLER, code: str = OTHER_CODE) -> None:
    scene.fresh()
    now = scene.clock.now()
    failure = ResetRequest(
        reset_id="before",
        caller=number,
        trunk="",
        code=code,
        password_hash="!",  # noqa: S106 - nobody's
        now=now,
        pending_until=now + timedelta(minutes=5),
    )
    scene.directory.attempts = [failure] * NO_LIMITS.per_caller


CAUSES: dict[str, Callable[[Scene], None]] = {
    "unknown number and code": nobody,
    "a code of another number": another_number,
    "a number of another code": another_code,
    "number and code of two people": two_people,
    "a disabled account": disabled,
    "a number that waits": waiting,
    "a number that waits, without an account": lambda scene: (waiting(scene), scene.directory.accounts.clear()),
}


async def refused(scene: Scene, cause: Callable[[Scene], None]) -> Wire:
    cause(scene)
    line = ScriptedCall(quiet(1500), press("8"), SAYS_THE_CODE, SAYS_THE_CODE)
    held = await hold(line, dialogue=scene.dialogue, desk=scene.service)
    scene.directory.attempts = []
    hide = partial(masked, mask=mask_numbers)
    return Wire(line.sent, [_told(hide(event)) for event in held.events], held.outcome)


def _told(event: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in event.items() if name not in COMPUTING}


@pytest.fixture
def scene(rasa_dialogue: Callable[..., Scene]) -> Scene:
    return rasa_dialogue()


async def test_a_refused_call_is_the_same_frame_by_frame_and_event_by_event_whatever_the_cause(scene: Scene) -> None:
    wires = {cause: await refused(scene, prepare) for cause, prepare in CAUSES.items()}
    first = wires["unknown number and code"]
    assert first.outcome is Outcome.NO_MATCH
    assert sum(event["event"] == Kind.PROMPT.value for event in first.events) > 5
    for cause, wire in wires.items():
        assert wire.events == first.events, cause
        assert wire.frames == first.frames, cause
        assert wire.outcome is first.outcome, cause


async def test_a_call_that_matches_is_not_the_same(scene: Scene) -> None:
    wire = await refused(scene, lambda scene: scene.fresh() and None)
    assert wire.outcome is Outcome.RESET
