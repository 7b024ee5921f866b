"""A call as people read it on the screen."""

from __future__ import annotations

import pytest

from bot.cli.conversation import OUTCOMES, Conversation
from bot.events import Event, Kind, Personal
from bot.replies import Outcome
from bot.vietnamese.masking import mask_numbers

HEARD = Event(
    Kind.HEARD,
    19_940,
    {"how": "speech", "text": Personal("mã số là không một hai"), "confidence": 0.93, "recognise_ms": 1.0},
)
SAID = Event(
    Kind.RENDERED,
    19_940,
    {"text": Personal("Mã số là 012, đúng không?", masked="Mã số là •••, đúng không?"), "render_ms": 2.0},
)


def shown(capsys: pytest.CaptureFixture[str], conversation: Conversation, *events: Event) -> str:
    for event in events:
        conversation(event)
    return capsys.readouterr().out


def test_digits_are_masked_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    masked = shown(capsys, Conversation(mask_numbers), HEARD, SAID)
    assert "mã số là • • •" in masked
    assert "Mã số là •••, đúng không?" in masked
    open_ = shown(capsys, Conversation(None), HEARD, SAID)
    assert "mã số là không một hai" in open_
    assert "Mã số là 012, đúng không?" in open_


def test_time_and_confidence_stand_beside_what_was_heard(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, Conversation(mask_numbers), HEARD)
    assert text.startswith("00:19,9")
    assert "0.93" in text


def test_text_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    event = Event(Kind.HEARD, 0, {"how": "speech", "text": Personal("[red]a[/]"), "recognise_ms": 0.0})
    assert "[red]a[/]" in shown(capsys, Conversation(mask_numbers), event)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_words(capsys: pytest.CaptureFixture[str], outcome: Outcome) -> None:
    fields = {"outcome": outcome.value, "duration_ms": 61_000, "fee_vnd": 2000, "turns": 3}
    text = shown(capsys, Conversation(mask_numbers), Event(Kind.CALL_ENDED, 61_000, fields))
    assert OUTCOMES[outcome.value] in text
    assert "2.000 đồng" in text
    assert text.startswith("01:01,0")
