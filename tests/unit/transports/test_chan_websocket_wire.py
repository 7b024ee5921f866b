"""chan_websocket's text messages in both dialects, and anything else."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import KeyPress
from bot.transports.chan_websocket_wire import Command, Dialect, Flow, MediaStart, read, write
from bot.transports.wire_error import WireError

STARTS = {
    Dialect.PLAIN: "MEDIA_START connection_id:m1 channel:WebSocket/m1/0x55 channel_id:1.1 format:slin "
    "optimal_frame_size:320 ptime:20",
    Dialect.JSON: json.dumps({"event": "MEDIA_START", "format": "slin", "optimal_frame_size": 320, "ptime": 20}),
}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_the_first_message_shows_the_dialect(dialect: Dialect) -> None:
    assert read(STARTS[dialect]) == MediaStart(dialect)


@pytest.mark.parametrize("text", ["DTMF_END digit:5 channel_id:1.1", '{"event": "DTMF_END", "digit": "5"}'])
def test_a_key(text: str) -> None:
    assert read(text) == KeyPress("5")


@pytest.mark.parametrize(("name", "is_open"), [("MEDIA_XOFF", False), ("MEDIA_XON", True)])
def test_flow(name: str, is_open: bool) -> None:
    assert read(f"{name} channel_id:1.1") == read(json.dumps({"event": name})) == Flow(is_open)


@pytest.mark.parametrize("text", ["STATUS queue_length:0", '{"event": "QUEUE_DRAINED"}', "DTMF_END digit:A"])
def test_other_messages_are_of_no_matter(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("hello there", id="no event"),
        pytest.param("{", id="broken JSON"),
        pytest.param('{"command": "HANGUP"}', id="no event in JSON"),
        pytest.param('{"event": 7}', id="event is no text"),
        pytest.param(STARTS[Dialect.PLAIN].replace("slin", "opus"), id="other media"),
        pytest.param("MEDIA_START " + "x" * 10_000, id="too long"),
        pytest.param('{"event":' + "[" * 8000, id="deep JSON"),
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        read(text)


@given(st.text() | st.text('{}[]":,eventMEDIA_STRTdig 5\\u0', max_size=80))
def test_any_text_gives_a_message_or_a_clean_error(text: str) -> None:
    with contextlib.suppress(WireError):
        read(text)


def test_commands_go_out_in_the_dialect_of_the_peer() -> None:
    assert write(Command.FLUSH_MEDIA, Dialect.PLAIN) == "FLUSH_MEDIA"
    assert json.loads(write(Command.HANGUP, Dialect.JSON)) == {"command": "HANGUP"}
