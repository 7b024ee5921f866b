"""What who watches a call is told while it goes on: words so far, and while which frames a secret is read out."""

from __future__ import annotations

from bot.audio import FRAME_MS
from bot.events import Kind, Personal
from tests.contract.calls import PROMPT_MS, SECRET_MS, ScriptedCall, ScriptedDialogue, password_reply, quiet, voice
from tests.unit.call.holding import hold


async def test_words_are_told_as_they_come_each_once_and_as_personal() -> None:
    held = await hold(ScriptedCall(quiet(PROMPT_MS), voice(600)), words=("tám",))
    assert [event.fields["text"] for event in held.of(Kind.PARTIAL)] == [Personal("tám")]


async def test_a_secret_is_told_from_its_first_frame_to_the_first_after_it() -> None:
    held = await hold(ScriptedCall(), dialogue=ScriptedDialogue(password_reply()))
    told = [(event.fields["spoken"], event.at_ms) for event in held.of(Kind.SECRET)]
    assert told == [(True, PROMPT_MS + FRAME_MS), (False, PROMPT_MS + 2 * SECRET_MS + FRAME_MS)]
    order = [event.kind for event in held.events]
    assert order.index(Kind.SECRET) < order.index(Kind.PASSWORD_HEARD)
