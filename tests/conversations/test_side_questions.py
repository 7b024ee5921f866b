"""A question or a command in any state: it is answered, and the caller is where they were with nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.replies import Expect, Outcome
from tests.conversations.scene import CODE_SPOKEN, Scene, Talk

STATES: dict[str, list[str]] = {
    "menu": [],
    "code": ["cấp lại mật khẩu"],
    "part of the code": ["cấp lại mật khẩu", "không một hai ba"],
    "confirmation": ["cấp lại mật khẩu", CODE_SPOKEN],
    "after a no": ["cấp lại mật khẩu", CODE_SPOKEN, "không đúng"],
    "closing": ["cấp lại mật khẩu", CODE_SPOKEN, "đúng rồi"],
}
QUESTIONS = {
    "gọi số này bao nhiêu tiền một phút": "utter_fee",
    "còn cách nào khác không": "utter_ways",
    "tài khoản của em chưa có email": "utter_email",
    "đăng nhập bằng vneid có được không": "utter_vneid",
    "em đọc số căn cước được không": "utter_citizen_id",
    "mã số bảo hiểm xem ở đâu": "utter_code_place",
    "em đổi số điện thoại rồi": "utter_phone_number",
    "có phải lừa đảo không em": "utter_safety",
    "em không biết phải làm gì": "utter_help",
    "đợi em đi lấy sổ": "utter_wait",
}
FORM_STATES = [state for state in STATES if state != "closing"]


def in_state(rasa_dialogue: Callable[..., Scene], state: str) -> Talk:
    talk = rasa_dialogue().call()
    for text in STATES[state]:
        talk.hear(text)
    return talk


def kept(talk: Talk) -> dict[str, object]:
    return {name: talk.slot(name) for name in ("service", "bhxh_code", "partial_code", "notice", "requested_slot")}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_and_nothing_is_lost(
    rasa_dialogue: Callable[..., Scene], state: str, question: str
) -> None:
    talk = in_state(rasa_dialogue, state)
    before, expect, asked = kept(talk), talk.reply.expect, talk.prompts[-1]
    talk.hear(question)
    assert talk.prompts[0] == QUESTIONS[question]
    assert talk.prompts[-1].partition(".")[0] == asked.partition(".")[0]
    assert (kept(talk), talk.reply.expect, talk.reply.hang_up) == (before, expect, False)
    talk.end()


@pytest.mark.parametrize("state", FORM_STATES)
@pytest.mark.parametrize("text", ["nhắc lại", "dạ em cảm ơn", "alo"])
def test_the_question_comes_again_after_a_repeat_or_a_courtesy(
    rasa_dialogue: Callable[..., Scene], state: str, text: str
) -> None:
    talk = in_state(rasa_dialogue, state)
    before, asked, read_back = kept(talk), talk.prompts[-1], talk.read_back
    talk.hear(text)
    assert (talk.prompts[-1], talk.read_back, kept(talk)) == (asked, read_back, before)
    talk.end()


@pytest.mark.parametrize("state", FORM_STATES)
@pytest.mark.parametrize("text", ["thôi em không làm nữa", "kết thúc", "tạm biệt"])
def test_a_caller_can_leave_at_any_time(rasa_dialogue: Callable[..., Scene], state: str, text: str) -> None:
    talk = in_state(rasa_dialogue, state)
    talk.hear(text)
    assert talk.prompts == ["utter_cancelled"]
    assert (talk.reply.outcome, talk.reply.expect) == (Outcome.CANCELLED, Expect.NOTHING)
    talk.end()


@pytest.mark.parametrize("state", STATES)
def test_who_wants_a_person_hears_the_number_of_the_office_and_no_question_after_it(
    rasa_dialogue: Callable[..., Scene], state: str
) -> None:
    talk = in_state(rasa_dialogue, state)
    reply = talk.hear("cho em gặp tổng đài viên")
    assert talk.prompts == ["utter_agent"]
    assert "024 37899999" in reply.says[0].text
    assert (reply.outcome, reply.hang_up) == (Outcome.AGENT, True)
    talk.end()


@pytest.mark.parametrize("word", ["không", "một", "hai", "ba", "bốn", "tư", "năm", "sáu", "bảy", "bẩy", "tám", "chín"])
@pytest.mark.parametrize("around", ["{}", "dạ {}", "{} ạ", "số {}"])
def test_one_digit_is_never_taken_for_a_command(rasa_dialogue: Callable[..., Scene], word: str, around: str) -> None:
    talk = in_state(rasa_dialogue, "code")
    talk.hear(around.format(word))
    assert talk.read_back is not None
    assert len(talk.read_back) == 1
    talk.end()
