"""Words that a tester types during a call count as heard, exactly, whatever the bot is doing."""

from __future__ import annotations

from bot.events import Kind, Personal
from bot.ports import LineEvent, TypedText
from bot.replies import Expect, Reply, Utterance
from tests.contract.calls import PROMPT_MS, ScriptedCall, ScriptedDialogue, ask, quiet, say, voice
from tests.unit.call.holding import HeldCall, hold

TYPED: list[LineEvent] = [TypedText("số của tôi")]
SECRET = Reply(says=(say("utter_secret", interruptible=False),), expect=Expect.CLOSING)


async def call(*script: list[LineEvent], reply: Reply | None = None) -> HeldCall:
    return await hold(ScriptedCall(*script), dialogue=ScriptedDialogue(reply or ask("utter_menu")), words=("khác",))


def first_words(held: HeldCall) -> str:
    heard = held.dialogue.heard[0]
    assert isinstance(heard, Utterance)
    return heard.text


async def test_typed_words_are_the_turn() -> None:
    held = await call(quiet(PROMPT_MS + 200), TYPED)
    assert first_words(held) == "số của tôi"
    heard = held.of(Kind.HEARD)[0]
    assert (heard.fields["how"], heard.fields["text"]) == ("text", Personal("số của tôi"))


async def test_typing_stops_the_bot_at_once() -> None:
    held = await call(quiet(200), TYPED)
    assert first_words(held) == "số của tôi"
    assert held.of(Kind.BARGE_IN)[0].fields["played_ms"] == 200
    assert held.of(Kind.HEARD)[0].at_ms == 200


async def test_words_typed_over_what_may_not_be_dropped_wait_until_it_is_said() -> None:
    held = await call(quiet(200), TYPED, reply=SECRET)
    assert first_words(held) == "số của tôi"
    assert not held.of(Kind.BARGE_IN)
    assert held.of(Kind.HEARD)[0].at_ms >= PROMPT_MS


async def test_typed_words_stand_for_what_was_being_said() -> None:
    held = await call(quiet(PROMPT_MS), voice(600), TYPED)
    assert first_words(held) == "số của tôi"
