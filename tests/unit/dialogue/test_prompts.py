"""Which wording is chosen, and what Rasa's messages become."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue.prompts import PromptGenerator, to_reply
from bot.errors import DialogueError
from bot.replies import DigitString, Expect, Outcome, SecretRef


def generator() -> PromptGenerator:
    def when(value: str) -> list[dict[str, str]]:
        return [{"type": "slot", "name": "notice", "value": value}]

    return PromptGenerator(
        {
            "utter_ask": [
                {"text": "một", "metadata": {"expect": "code"}},
                {"text": "khi thiếu {partial_code}", "condition": when("short")},
                {"text": "hai", "metadata": {"expect": "code"}},
            ],
            "utter_only_short": [{"text": "thiếu", "condition": when("short")}],
        }
    )


def message(text: str = "câu", prompt: str = "utter_x", **metadata: Any) -> dict[str, Any]:
    return {"text": text, "prompt_id": prompt, "values": {}, "metadata": metadata}


def ids(*spoken: str, notice: str | None = None) -> str:
    found = generator().message("utter_ask", {"notice": notice, "partial_code": "012"}, spoken)
    assert found is not None
    return str(found["prompt_id"])


def test_a_question_is_asked_again_in_other_words() -> None:
    assert ids() == "utter_ask"
    assert ids("utter_ask") == "utter_ask.3"
    assert ids("utter_ask", "utter_ask.3") == "utter_ask"
    assert ids("utter_ask", "utter_ask.3", "utter_ask") == "utter_ask.3"


def test_a_condition_that_holds_goes_before_what_always_fits() -> None:
    assert ids(notice="short") == "utter_ask.2"
    assert ids("utter_ask.2", "utter_ask.2", notice="short") == "utter_ask.2"


def test_a_condition_of_another_notice_does_not_hold() -> None:
    assert ids(notice="long") == "utter_ask"


def test_values_stay_apart_from_the_text() -> None:
    found = generator().message("utter_ask", {"notice": "short", "partial_code": "012", "other": "x"}, [])
    assert found is not None
    assert (found["text"], found["values"]) == ("khi thiếu {partial_code}", {"partial_code": "012"})


@pytest.mark.parametrize("response", ["utter_nothing", "utter_only_short"])
def test_no_message_where_nothing_fits(response: str) -> None:
    assert generator().message(response, {"notice": None}, []) is None


def test_the_last_expectation_decides() -> None:
    reply = to_reply([message(expect="menu"), message(), message(expect="code"), message()])
    assert (reply.expect, reply.hang_up, reply.outcome, len(reply.says)) == (Expect.CODE, False, None, 4)


def test_nothing_is_said_or_asked_after_the_end() -> None:
    reply = to_reply([message(prompt="utter_bye", hang_up=True, outcome="agent"), message(expect="code")])
    assert [say.prompt_id for say in reply.says] == ["utter_bye"]
    assert (reply.expect, reply.hang_up, reply.outcome) == (Expect.NOTHING, True, Outcome.AGENT)


def test_an_end_without_an_outcome_is_an_error() -> None:
    assert to_reply([message(hang_up=True)]).outcome is Outcome.ERROR


def test_values_get_the_type_that_says_how_to_speak_them() -> None:
    values = {"bhxh_code": "0123456789", "partial_code": "01", "password": "token", "name": "An"}
    reply = to_reply([{**message(), "values": values}])
    assert reply.says[0].values == {
        "bhxh_code": DigitString("0123456789"),
        "partial_code": DigitString("01"),
        "password": SecretRef("token"),
        "name": "An",
    }


def test_a_place_without_a_value_is_an_error_that_names_it() -> None:
    with pytest.raises(DialogueError, match=r"\{partial_code\}"):
        to_reply([{**message(), "values": {"partial_code": None}}])


def test_only_what_the_designer_marks_cannot_be_interrupted() -> None:
    reply = to_reply([message(), message(interruptible=False)])
    assert [say.interruptible for say in reply.says] == [True, False]
