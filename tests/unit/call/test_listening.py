"""What the bot makes of a caller's voice and keys in one turn, over what it is saying itself."""

from __future__ import annotations

import pytest

from bot.audio import FRAME_MS
from bot.events import Kind
from bot.ports import LineEvent
from bot.replies import Expect, Heard, Keys, NoInput, Reply, Utterance
from tests.contract.calls import (
    PROMPT_MS,
    ScriptedCall,
    ScriptedDialogue,
    ask,
    farewell,
    level,
    press,
    quiet,
    say,
    voice,
)
from tests.unit.call.holding import HeldCall, expected, hold

CODE = ask("utter_code", Expect.CODE, 10)
YES_NO = ask("utter_confirm", Expect.YES_NO)
LOUD_PROMPT = level(FRAME_MS, 1000).pcm
PROMPT = quiet(PROMPT_MS)  # the caller listens to a prompt
SECRET = Reply(says=(say("utter_secret", interruptible=False),), expect=Expect.CLOSING)


async def call(
    *script: list[LineEvent], replies: tuple[Reply, ...] = (CODE,), words: tuple[str, ...] = ("",)
) -> HeldCall:
    return await hold(ScriptedCall(*script), dialogue=ScriptedDialogue(*replies), words=words)


def text(heard: Heard) -> str:
    """`nói: ...`, `phím: ...` or `im lặng`."""
    if isinstance(heard, Utterance):
        return f"nói: {heard.text}"
    return f"phím: {heard.keys}" if isinstance(heard, Keys) else "im lặng"


@pytest.mark.parametrize(
    ("script", "words", "heard"),
    [
        pytest.param([*PROMPT, *voice(600)], "một hai", "nói: một hai", id="speech"),
        pytest.param([*PROMPT, *press("0123456789")], "", "phím: 0123456789", id="a whole code of keys"),
        pytest.param([*PROMPT, *press("012#")], "", "phím: 012", id="keys up to the hash"),
        pytest.param(PROMPT, "", "im lặng", id="nothing"),
        pytest.param([*PROMPT, *voice(1000)], "", "nói: ", id="long speech without words"),
        pytest.param([*PROMPT, *voice(160)], "", "im lặng", id="a cough"),
        pytest.param([*PROMPT, *quiet(500), *press("#")], "", "im lặng", id="a hash alone"),
        pytest.param([*quiet(300), *press("#"), *PROMPT, *voice(600)], "ba", "nói: ba", id="a hash over the bot"),
        pytest.param(
            [*quiet(PROMPT_MS - 300), *voice(240)], "ba", "nói: ba", id="a short answer before the bot is done"
        ),
        pytest.param([*quiet(PROMPT_MS - 300), *voice(20), *quiet(280)], "ba", "im lặng", id="a frame of an echo"),
        pytest.param([*PROMPT, *voice(160), *quiet(2000), *voice(600)], "ba", "nói: ba", id="a cough, then speech"),
        pytest.param([*PROMPT, *voice(300), *press("12#")], "", "phím: 12", id="a noise, then keys"),
        pytest.param([*PROMPT, *voice(300), *press("12#")], "dạ", "phím: 12", id="a word without digits, then keys"),
        pytest.param([*PROMPT, *voice(600), *quiet(200), *press("#")], "ba", "nói: ba", id="speech ended by a hash"),
    ],
)
async def test_a_turn_is_heard_as(script: list[LineEvent], words: str, heard: str) -> None:
    held = await call(script, words=(words,))
    assert text(held.dialogue.heard[0]) == heard


async def test_digits_said_before_keys_are_not_lost_and_the_keys_are_the_next_turn() -> None:
    said = [*PROMPT, *voice(600), *quiet(300)]
    held = await call(
        said, press("3456789"), replies=(CODE, ask("utter_more", Expect.CODE, 7)), words=("không một hai", "")
    )
    assert [text(heard) for heard in held.dialogue.heard] == ["nói: không một hai", "phím: 3456789"]
    assert held.prompts == ["utter_code", "utter_goodbye"]  # the caller goes on typing: nothing is asked meanwhile


async def test_a_word_said_before_the_key_of_a_menu_does_not_count() -> None:
    held = await call([*PROMPT, *voice(600), *press("1")], replies=(YES_NO,), words=("số ba",))
    assert [text(heard) for heard in held.dialogue.heard] == ["phím: 1"]


async def test_a_hash_after_a_complete_code_does_not_cut_the_reading_back() -> None:
    held = await call(PROMPT, press("0123456789#"), quiet(2 * PROMPT_MS), press("1"), replies=(CODE, YES_NO))
    assert [text(heard) for heard in held.dialogue.heard] == ["phím: 0123456789", "phím: 1"]
    assert not held.of(Kind.BARGE_IN)


async def test_keys_in_a_row_are_one_answer_and_after_a_moment_they_are_the_next() -> None:
    held = await call(quiet(100), press("81", 20), quiet(700), press("1", 20), replies=(ask("utter_menu"), YES_NO))
    assert [text(heard) for heard in held.dialogue.heard] == ["phím: 81", "phím: 1"]


async def test_rest_of_a_number_that_is_too_long_does_not_answer_the_next_question() -> None:
    held = await call(quiet(100), press("012345678911", 500), quiet(3000), replies=(CODE, YES_NO))
    assert text(held.dialogue.heard[0]) == "phím: 012345678911"
    assert not [heard for heard in held.dialogue.heard[1:] if isinstance(heard, Keys)]


async def test_speech_over_the_bot_stops_it_and_is_heard_from_its_start() -> None:
    held = await call(quiet(200), voice(900), words=("một hai",))
    stopped = held.one(Kind.BARGE_IN)
    assert dict(stopped.fields) == {"prompt_id": "utter_code", "played_ms": stopped.at_ms}
    assert stopped.at_ms == 200 + 140  # voice in four fifths of 160 ms
    assert text(held.dialogue.heard[0]) == "nói: một hai"
    assert [event.kind for event in held.events].index(Kind.SPEECH) > [e.kind for e in held.events].index(Kind.BARGE_IN)
    assert held.of(Kind.HEARD)[0].fields["ended_ms"] == 1100


async def test_a_click_does_not_stop_the_bot() -> None:
    held = await call(quiet(200), voice(100))
    assert not held.of(Kind.BARGE_IN)
    assert held.dialogue.heard[0] == NoInput()


@pytest.mark.parametrize("words", ["", "ừ", "dạ vâng", "ba"])
async def test_what_is_no_answer_stops_the_bot_for_a_moment_only(words: str) -> None:
    line = ScriptedCall(quiet(20), voice(300), quiet(3000))
    held = await hold(line, dialogue=ScriptedDialogue(CODE), words=(words,))
    stopped, resumed = held.one(Kind.BARGE_IN), held.one(Kind.RESUMED)
    assert resumed.at_ms == 320 + 500  # half a second of silence
    assert line.sent[: PROMPT_MS // 20 + stopped.at_ms // 20].count(LOUD_PROMPT) == (PROMPT_MS + stopped.at_ms) // 20
    assert held.dialogue.heard[0] == NoInput()
    assert held.of(Kind.HEARD)[0].at_ms == resumed.at_ms + PROMPT_MS + 7000 - FRAME_MS


async def test_who_keeps_making_noise_cannot_keep_the_bot_from_speaking() -> None:
    noises = [event for _ in range(8) for event in (*voice(300), *quiet(600))]
    held = await call(noises)
    assert len(held.of(Kind.BARGE_IN)) == len(held.of(Kind.RESUMED)) == 2


async def test_a_key_while_the_bot_waits_for_a_proof_drops_what_it_was_saying() -> None:
    held = await call(quiet(200), voice(300), press("0123456789"), words=("",))
    assert len(held.of(Kind.BARGE_IN)) == 1
    assert not held.of(Kind.RESUMED)
    assert text(held.dialogue.heard[0]) == "phím: 0123456789"


async def test_after_a_noise_the_bot_says_on_and_then_hears_the_answer() -> None:
    held = await call(quiet(200), voice(460), quiet(3000), voice(600), replies=(YES_NO,), words=("", "đúng"))
    assert held.of(Kind.RESUMED)
    assert text(held.dialogue.heard[0]) == "nói: đúng"


async def test_a_key_stops_the_bot_at_once() -> None:
    held = await call(quiet(300), press("0123456789"))
    assert held.one(Kind.BARGE_IN).at_ms == 300
    assert text(held.dialogue.heard[0]) == "phím: 0123456789"


async def test_keys_do_not_stop_what_may_not_be_cut() -> None:
    held = await call(quiet(100), press("8"), quiet(5000), replies=(SECRET,))
    assert not held.of(Kind.BARGE_IN)
    assert held.of(Kind.SILENT)[0].at_ms == PROMPT_MS


async def test_what_may_not_be_cut_waits_for_who_speaks_over_it_and_is_said_again() -> None:
    line = ScriptedCall(quiet(100), voice(1000), quiet(5000))
    held = await hold(line, dialogue=ScriptedDialogue(SECRET), words=("một hai ba",))
    stopped, resumed = held.one(Kind.BARGE_IN), held.one(Kind.RESUMED)
    assert (stopped.at_ms, resumed.at_ms) == (240, 1100 + 800)
    assert held.of(Kind.SILENT)[0].at_ms == resumed.at_ms + PROMPT_MS
    assert expected(held) == [Expect.CLOSING]  # nothing was recognised before all was said


async def test_keys_over_what_may_not_be_cut_are_heard_after_it() -> None:
    held = await call(quiet(100), press("8"), quiet(5000), replies=(SECRET,))
    assert text(held.dialogue.heard[0]) == "phím: 8"
    assert PROMPT_MS < held.of(Kind.HEARD)[0].at_ms <= PROMPT_MS + 600


async def test_a_noise_that_does_not_end_does_not_keep_back_what_may_not_be_cut() -> None:
    held = await call(voice(60_000), replies=(SECRET,))
    assert held.of(Kind.SILENT)[0].at_ms < 22_000


async def test_the_wait_for_an_answer_begins_when_the_bot_is_silent() -> None:
    held = await call(replies=(YES_NO,))
    assert held.of(Kind.HEARD)[0].at_ms == PROMPT_MS + 5000 - FRAME_MS  # the frame beside the bot's last one counts


async def test_a_cough_does_not_lengthen_or_shorten_the_wait() -> None:
    held = await call(PROMPT, quiet(1000), voice(160), replies=(YES_NO,))
    assert held.of(Kind.HEARD)[0].at_ms == PROMPT_MS + 5000 - FRAME_MS  # the frame beside the bot's last one counts
    assert held.dialogue.heard[0] == NoInput()


async def test_a_pause_between_groups_is_not_the_end() -> None:
    held = await call(PROMPT, voice(900), quiet(1700), voice(900), words=("không một hai",))
    assert len([heard for heard in held.dialogue.heard if isinstance(heard, Utterance)]) == 1
    assert held.of(Kind.HEARD)[0].fields["ended_ms"] == PROMPT_MS + 3500


@pytest.mark.parametrize(
    ("wanted", "at_ms"), [pytest.param(4, 120, id="complete"), pytest.param(10, 1800, id="incomplete")]
)
async def test_a_complete_code_is_answered_sooner(wanted: int, at_ms: int) -> None:
    held = await call(PROMPT, voice(800), replies=(ask("utter_code", Expect.CODE, wanted),), words=("một hai ba tư",))
    event = held.of(Kind.HEARD)[0]
    assert event.at_ms - (PROMPT_MS + 800) == at_ms


async def test_each_turn_is_recognised_by_what_is_expected() -> None:
    replies = (ask("utter_menu"), CODE, YES_NO, ask("utter_closing", Expect.CLOSING))
    held = await call(replies=replies)
    assert expected(held) == [Expect.MENU, Expect.CODE, Expect.YES_NO, Expect.CLOSING]


async def test_a_code_said_to_the_menu_is_heard_once_more_as_a_code() -> None:
    replies = (ask("utter_menu"), YES_NO)
    held = await call(PROMPT, voice(3000), replies=replies, words=("không một chín", "không một hai ba bốn năm"))
    assert text(held.dialogue.heard[0]) == "nói: không một hai ba bốn năm"
    assert expected(held)[:2] == [Expect.MENU, Expect.CODE]


async def test_a_digit_or_two_said_to_the_menu_are_no_code() -> None:
    held = await call(PROMPT, voice(600), replies=(ask("utter_menu"), YES_NO), words=("phím tám", "một hai ba"))
    assert text(held.dialogue.heard[0]) == "nói: phím tám"
    assert expected(held)[:2] == [Expect.MENU, Expect.YES_NO]


async def test_digits_said_along_with_keys_are_not_heard_twice() -> None:
    muttered = [event for key in "0123456789" for event in (*press(key, 200), *voice(300), *quiet(300))]
    held = await call(quiet(100), muttered, replies=(CODE, farewell()))
    assert text(held.dialogue.heard[0]) == "phím: 0123456789"
    assert expected(held) == []
    assert not held.of(Kind.SPEECH)


async def test_digits_said_after_keys_are_the_rest_of_the_number() -> None:
    script = [quiet(100), press("012"), quiet(900), voice(1200), quiet(3000)]
    more = ask("utter_more", Expect.CODE, 7)
    held = await call(*script, replies=(CODE, more), words=("ba bốn năm sáu bảy tám chín",))
    assert [text(heard) for heard in held.dialogue.heard] == ["phím: 012", "nói: ba bốn năm sáu bảy tám chín"]
    assert held.of(Kind.HEARD)[1].fields["ended_ms"] == 100 + 600 + 900 + 1200


async def test_voice_activity_is_given_every_frame_in_order() -> None:
    held = await call(quiet(100), press("8"), replies=(SECRET, YES_NO))
    assert held.result
    listened_ms = held.result.duration_ms - PROMPT_MS  # all but the farewell, which nobody may answer
    assert held.voice_activity.frames * FRAME_MS == listened_ms
