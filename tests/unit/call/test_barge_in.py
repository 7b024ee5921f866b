"""What stops the bot, and what was worth it."""

from __future__ import annotations

import pytest

from bot.call.barge_in import LastingVoice, Patience, Proof
from bot.call.playback import Stopped
from bot.settings import BargeInSettings
from bot.vietnamese.taking_turns import takes_the_turn

SETTINGS = BargeInSettings()
IN_THE_MIDDLE = Stopped("utter_code", 1000, 4000)
AT_THE_END = Stopped("utter_confirm", 3000, 400)


@pytest.mark.parametrize(
    ("script", "at_ms"),
    [
        pytest.param("v400", 400, id="400 ms of voice"),
        pytest.param("v200 s60 v200", 400, id="voice with a short gap"),
        pytest.param("s2000 v380", 2320, id="four fifths of the window are enough"),
        pytest.param("v200 s100 v400", 620, id="not before four fifths are voice"),
        pytest.param("v150 s1000", None, id="a cough"),
        pytest.param("v160 s200 v160 s400", None, id="two coughs"),
        pytest.param("s4000", None, id="silence"),
        pytest.param("v300 s400", None, id="a short word"),
    ],
)
def test_voice_lasts_when_most_of_the_window_is_voice(script: str, at_ms: int | None) -> None:
    lasting, elapsed_ms = LastingVoice(400), 0
    for step in script.split():
        for _ in range(int(step[1:]) // 20):
            elapsed_ms += 20
            if lasting.frame(step[0] == "v"):
                assert elapsed_ms == at_ms
                return
    assert at_ms is None


def proof(stopped: Stopped = IN_THE_MIDDLE, digits_wanted: int | None = None) -> Proof:
    return Proof(SETTINGS, stopped, takes_the_turn, digits_wanted)


@pytest.mark.parametrize(
    ("words", "digits", "wanted", "stopped", "answer"),
    [
        pytest.param("gặp tổng đài viên", 0, None, IN_THE_MIDDLE, True, id="a wish"),
        pytest.param("đúng", 0, None, IN_THE_MIDDLE, True, id="yes before the question"),
        pytest.param("tiền", 0, None, IN_THE_MIDDLE, False, id="a syllable: a door sounds like one"),
        pytest.param("", 0, None, IN_THE_MIDDLE, False, id="nothing understood"),
        pytest.param("ừ", 0, None, IN_THE_MIDDLE, False, id="a sign of listening"),
        pytest.param("dạ vâng ạ", 0, None, IN_THE_MIDDLE, False, id="a long sign of listening"),
        pytest.param("dạ vâng", 0, None, AT_THE_END, True, id="yes when all but the last word was said"),
        pytest.param("không một", 2, 10, IN_THE_MIDDLE, True, id="the code begins"),
        pytest.param("ba", 1, 10, IN_THE_MIDDLE, False, id="one digit of a code: noise is taken for one"),
        pytest.param("ba", 1, 1, IN_THE_MIDDLE, True, id="the one digit that is wanted"),
        pytest.param("đọc lại", 0, 10, IN_THE_MIDDLE, True, id="a wish while a code is expected"),
    ],
)
def test_an_answer_is(words: str, digits: int, wanted: int | None, stopped: Stopped, answer: bool) -> None:
    assert proof(stopped, wanted).given_by(words, digits) is answer


def overdue(*frames: tuple[str, int, int]) -> list[bool]:
    judge = proof(digits_wanted=10)
    return [judge.overdue(words, digits, silence_ms) for words, digits, silence_ms in frames]


def test_an_answer_so_far_has_all_the_time_of_its_turn() -> None:
    assert not any(overdue(*[("ba bốn", 2, 1400)] * 400))


def test_silence_without_an_answer_is_overdue() -> None:
    assert overdue(("", 0, 480), ("", 0, 500)) == [False, True]


def test_what_lasts_too_long_without_an_answer_is_overdue() -> None:
    seen = overdue(*[("ừ", 0, 0)] * 150)
    assert seen == [False] * 149 + [True]


@pytest.mark.parametrize(
    ("script", "after_ms"),
    [
        pytest.param("s2000", 800, id="silence"),
        pytest.param("v3000 s2000", 3800, id="silence after speech"),
        pytest.param("v500 s700 v500 s2000", 2500, id="a pause is not yet silence"),
        pytest.param("v20000", 10_000, id="not for ever"),
    ],
)
def test_the_bot_is_patient_until(script: str, after_ms: int) -> None:
    patience, elapsed_ms = Patience(SETTINGS), 0
    for step in script.split():
        for _ in range(int(step[1:]) // 20):
            elapsed_ms += 20
            if patience.frame(step[0] == "v"):
                assert elapsed_ms == after_ms
                return
    raise AssertionError("the bot waits for ever")
