"""What the dialogue has to do with accounts and passwords, and what it must never keep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import AccountsBusy, DialogueError
from bot.ports import Trouble
from bot.replies import Outcome
from tests.conversations.scene import CALLER, CODE, CODE_SPOKEN, PlainHasher, Scene, Talk

OLD_HASH = PlainHasher().hash("the old one")
PUBLISHED = "số điện thoại và mã số bảo hiểm không khớp hoặc chưa đăng ký với cơ quan BHXH"


def confirming(scene: Scene) -> Talk:
    talk = scene.call()
    talk.hear("cấp lại mật khẩu")
    talk.hear(CODE_SPOKEN)
    return talk


def with_password(scene: Scene) -> Talk:
    talk = confirming(scene)
    talk.hear("đúng rồi")
    return talk


def test_a_mismatch_is_told_in_the_published_words(rasa_dialogue: Callable[..., Scene]) -> None:
    talk = with_password(rasa_dialogue(accounts={}))
    assert PUBLISHED.casefold() in talk.reply.says[0].text.casefold()
    talk.end()


def test_of_several_hypotheses_only_the_one_that_was_read_back_is_compared_and_counted(
    rasa_dialogue: Callable[..., Scene],
) -> None:
    scene = rasa_dialogue()
    scene.directory.attempts.clear()
    talk = scene.call()
    talk.hear("cấp lại mật khẩu")
    talk.hear("không một hai ba bốn năm sáu bảy tám tám", CODE_SPOKEN)
    assert talk.read_back == "0123456788"  # what was heard, though the accounts know the other one
    talk.hear("đúng")
    assert [attempt.code for attempt in scene.directory.attempts] == ["0123456788"]
    assert talk.secret is None
    talk.end()


@pytest.mark.parametrize("command", ["/affirm", "  /affirm", '/press_keys{"keys": "1"}', "[unk] /affirm"])
def test_words_that_look_like_rasas_commands_are_words(rasa_dialogue: Callable[..., Scene], command: str) -> None:
    talk = confirming(rasa_dialogue())
    assert not talk.hear(command).hang_up
    assert talk.secret is None
    talk.end()


def test_a_withheld_number_is_compared_with_nothing(rasa_dialogue: Callable[..., Scene]) -> None:
    scene = rasa_dialogue()
    asked = scene.directory.asked
    talk = scene.call(None)
    assert (talk.reply.outcome, talk.reply.hang_up) == (Outcome.WITHHELD, True)
    talk.end()
    assert scene.directory.asked == asked


def test_the_old_password_works_until_the_new_one_was_heard(rasa_dialogue: Callable[..., Scene]) -> None:
    scene = rasa_dialogue()
    talk = with_password(scene)
    account = scene.directory.accounts[CODE]
    assert account.password_hash == OLD_HASH
    password = scene.vault.resolve(talk.secret).reveal()
    assert scene.service.heard(talk.secret)
    assert account.password_hash == f"hash of {password}"
    talk.end()


def test_the_password_is_read_again_as_often_as_it_is_asked_for_by_a_new_reference_each_time(
    rasa_dialogue: Callable[..., Scene],
) -> None:
    scene = rasa_dialogue()
    talk = with_password(scene)
    first = talk.secret
    passwords, tokens = {scene.vault.resolve(first).reveal()}, {first.token}
    for _ in range(10):
        talk.hear("đọc lại")
        tokens.add(talk.secret.token)
        passwords.add(scene.vault.resolve(talk.secret).reveal())
    assert (len(tokens), len(passwords)) == (11, 1)
    talk.end()


def test_rasa_never_holds_the_password(rasa_dialogue: Callable[..., Scene]) -> None:
    scene = rasa_dialogue()
    talk = with_password(scene)
    password = scene.vault.resolve(talk.secret).reveal()
    talk.hear("đọc lại")
    tracker = asyncio.run(scene.dialogue.tracker(talk.id))
    assert password not in repr([event.as_dict() for event in tracker.events])
    assert password not in repr(tracker.current_slot_values())
    talk.end()


def test_who_watches_sees_neither_the_code_nor_the_reference(rasa_dialogue: Callable[..., Scene]) -> None:
    talk = confirming(rasa_dialogue())
    assert talk.reply.slots["bhxh_code"] == "•" * len(CODE)
    talk.hear("đúng")
    assert talk.secret.token not in repr(talk.reply.slots)
    talk.end()


def test_accounts_that_are_away_end_the_call_and_leave_the_old_password(rasa_dialogue: Callable[..., Scene]) -> None:
    scene = rasa_dialogue()
    scene.directory.failure = AccountsBusy("bận")
    talk = confirming(scene)
    talk.hear("đúng")
    assert talk.prompts == ["utter_unavailable"]
    assert (talk.reply.outcome, talk.reply.hang_up) == (Outcome.UNAVAILABLE, True)
    assert scene.directory.accounts[CODE].password_hash == OLD_HASH
    assert "Mật khẩu cũ vẫn dùng được" in talk.reply.says[0].text


def test_an_action_that_fails_ends_the_dialogue_with_an_error(
    rasa_dialogue: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = rasa_dialogue()

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(scene.service, "request", broken)
    talk = confirming(scene)
    with pytest.raises(DialogueError):
        talk.hear("đúng")
    talk.end()
    monkeypatch.undo()
    assert with_password(scene).secret is not None


def test_calls_do_not_mix(rasa_dialogue: Callable[..., Scene]) -> None:
    other = "9876543210"
    scene = rasa_dialogue(accounts={CODE: CALLER, other: "0987654321"})
    one, two = scene.call(), scene.call("0987654321")
    one.hear("cấp lại mật khẩu")
    two.hear("cấp lại mật khẩu")
    one.hear("không một hai ba bốn")
    two.hear("chín tám bảy sáu năm bốn ba hai một không")
    one.hear("năm sáu bảy tám chín")
    assert (one.read_back, two.read_back) == (CODE, other)
    assert two.hear("đúng").says[0].prompt_id == "utter_password"
    one.end()
    two.end()


def test_an_ended_call_leaves_nothing_behind(rasa_dialogue: Callable[..., Scene]) -> None:
    scene = rasa_dialogue()
    talk = with_password(scene)
    assert talk.id in scene.kept_calls
    talk.end()
    talk.end()
    assert talk.id not in scene.kept_calls


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (Trouble.FAULT, Outcome.ERROR),
        (Trouble.UNAVAILABLE, Outcome.UNAVAILABLE),
        (Trouble.TIME_UP, Outcome.TIME_UP),
    ],
)
def test_there_is_an_apology_for_every_trouble(
    rasa_dialogue: Callable[..., Scene], trouble: Trouble, outcome: Outcome
) -> None:
    reply = asyncio.run(rasa_dialogue().dialogue.apologise("a call that Rasa does not know", trouble))
    assert (reply.hang_up, reply.outcome) == (True, outcome)
