"""The messages of the studio's page, read and written."""

from __future__ import annotations

import json

import pytest

from bot.audio import SILENT_FRAME
from bot.ports import KeyPress, TypedText
from bot.replies import HungUp
from bot.transports.browser_wire import PlayedSoFar, Start, audio_message, clear_message, read
from bot.transports.wire_error import WireError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "start", "rate": 48000, "number": " 0912 345 678 "}', Start(48_000, "0912 345 678")),
        ('{"type": "start", "rate": 8000, "number": ""}', Start(8000, "")),
        ('{"type": "key", "key": "#"}', KeyPress("#")),
        ('{"type": "text", "text": " Cấp Lại mật khẩu "}', TypedText("cấp lại mật khẩu")),
        ('{"type": "text", "text": "m\\u00e2\\u0323t"}', TypedText("mật")),
        ('{"type": "played", "frames": 7, "round": 2}', PlayedSoFar(7, 2)),
        ('{"type": "hang_up"}', HungUp()),
    ],
)
def test_a_message_of_the_page(text: str, message: object) -> None:
    assert read(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "[" * 1500,
        '{"type": "dance"}',
        '{"type": "key", "key": "A"}',
        '{"type": "key", "key": "12"}',
        '{"type": "key", "key": ["1"]}',
        '{"type": "text"}',
        json.dumps({"type": "text", "text": "a" * 301}),
        json.dumps({"type": "hang_up", "and": "a" * 2000}),
        '{"type": "start", "rate": 4000, "number": ""}',
        '{"type": "start", "rate": 48000.5, "number": ""}',
        '{"type": "start", "rate": 8000}',
        '{"type": "played", "frames": -1, "round": 0}',
        '{"type": "played", "frames": true, "round": 0}',
    ],
)
def test_what_no_page_sends_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        read(text)


def test_speech_says_whether_it_is_a_secret() -> None:
    assert audio_message(SILENT_FRAME, secret=False) == b"\x00\x00" + SILENT_FRAME
    assert audio_message(SILENT_FRAME, secret=True) == b"\x01\x00" + SILENT_FRAME
    with pytest.raises(ValueError, match="320 bytes"):
        audio_message(b"\x00\x00", secret=False)


def test_a_clear_counts_its_round() -> None:
    assert json.loads(clear_message(3)) == {"type": "clear", "round": 3}
