"""Damaged traffic of a PBX: messages come out or the connection is given up, and nothing else happens."""

from __future__ import annotations

import json
from contextlib import suppress
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bot.audio import FRAME_BYTES, Audio
from bot.ports import KeyPress
from bot.transports.audiosocket_wire import KEYS, Decoder, audio_message
from bot.transports.chan_websocket_wire import Flow, MediaStart, read
from bot.transports.reframing import Reframer
from bot.transports.wire_error import WireError
from tests.fuzz.damage import damaged_bytes, damaged_text, fuzz

FRAME = audio_message(bytes(range(160)) * 2)
WIDE = b"\x12\x02\x80" + bytes(640)
CALL = b"\x01\x00\x10" + UUID(int=8).bytes + FRAME + b"\x03\x00\x018" + WIDE * 3 + FRAME + b"\x00\x00\x00"
STARTS = b"\x01\x00\x10", b"\x10\x01\x40", b"\x18\x00\x02ab", b"\x03\x00\x01", b"\x00\x00\x00", b"\xff\x00\x01"


@fuzz
@given(damaged_bytes(CALL, *STARTS), st.lists(st.integers(1, 700), max_size=10))
def test_a_damaged_audiosocket_call_gives_whole_frames_and_telephone_keys(data: bytes, cuts: list[int]) -> None:
    decoder, reframer, heard = Decoder(), Reframer(), 0
    with suppress(WireError):
        while data:
            size = cuts.pop() if cuts else len(data)
            piece, data = data[:size], data[size:]
            for message in decoder.feed(piece):
                if isinstance(message, Audio):
                    frames = reframer.frames(message)
                    assert all(len(frame) == FRAME_BYTES for frame in frames)
                    heard += len(frames)
                elif isinstance(message, KeyPress):
                    assert message.key in KEYS
    assert heard <= 1 + 2 * len(CALL) * 7 // FRAME_BYTES * 8


PLAIN = "MEDIA_START connection_id:m1 channel:WebSocket/m1/0x55 format:slin optimal_frame_size:320 ptime:20"
JSON = json.dumps({"event": "DTMF_END", "digit": "5", "duration_ms": 80, "channel_id": "1.1"})
WORDS = "MEDIA_START", "DTMF_END", "format:slin", "digit:5", '{"event":', "[" * 3000, "null", "\\ud800", "1e999"


@fuzz
@given(damaged_text(PLAIN, *WORDS) | damaged_text(JSON, *WORDS))
def test_a_damaged_message_of_chan_websocket_is_a_message_or_none(text: str) -> None:
    with suppress(WireError):
        message = read(text)
        assert message is None or isinstance(message, (MediaStart, Flow, KeyPress))
        if isinstance(message, KeyPress):
            assert message.key in KEYS
