"""AudioSocket's bytes: whole, in pieces, and wrong in every way."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audio import Audio
from bot.ports import KeyPress
from bot.transports.audiosocket_wire import Decoder, Failed, HangUp, Identify, audio_message
from bot.transports.wire_error import WireError

CALL = UUID("40325ec2-5efd-4bd3-805f-53576e581d13")
SPEECH = bytes(range(256)) + bytes(64)


def message(kind: int, payload: bytes) -> bytes:
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


A_CALL = b"".join(
    [
        message(0x01, CALL.bytes),
        message(0x10, SPEECH),
        message(0x03, b"8"),
        message(0x12, SPEECH * 2),
        message(0xFF, b"\x01"),
        message(0x00, b""),
    ]
)
ITS_MESSAGES = [Identify(CALL), Audio(SPEECH), KeyPress("8"), Audio(SPEECH * 2, 16_000), Failed(b"\x01"), HangUp()]


def test_a_call_from_its_identity_to_its_end() -> None:
    assert Decoder().feed(A_CALL) == ITS_MESSAGES


@given(st.lists(st.integers(1, len(A_CALL)), max_size=30))
def test_pieces_of_any_size_give_the_same_messages(cuts: list[int]) -> None:
    decoder, at, messages = Decoder(), 0, []
    for end in [*sorted(cuts), len(A_CALL)]:
        messages += decoder.feed(A_CALL[at:end])
        at = max(at, end)
    assert messages == ITS_MESSAGES


@given(st.lists(st.binary(max_size=200), max_size=50))
def test_any_bytes_give_messages_or_a_clean_error_and_never_grow(pieces: list[bytes]) -> None:
    decoder = Decoder()
    try:
        for piece in pieces:
            decoder.feed(piece)
            assert len(decoder._pending) < 65_538 + len(piece)
    except WireError:
        pass


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        pytest.param(0x02, b"", id="unknown kind"),
        pytest.param(0x19, bytes(320), id="unknown rate"),
        pytest.param(0x01, bytes(15), id="short identity"),
        pytest.param(0x03, b"12", id="two keys"),
        pytest.param(0x03, b"x", id="no key"),
        pytest.param(0x10, bytes(321), id="half a sample"),
        pytest.param(0x00, b"\x00", id="hang-up with payload"),
        pytest.param(0xFF, bytes(17), id="long error"),
    ],
)
def test_what_is_no_message_is_refused(kind: int, payload: bytes) -> None:
    with pytest.raises(WireError):
        Decoder().feed(message(kind, payload))


def test_a_wrong_header_is_refused_without_waiting_for_its_payload() -> None:
    with pytest.raises(WireError):
        Decoder().feed(b"\x01\xff\xff")


def test_an_error_tells_nothing_of_the_payload() -> None:
    with pytest.raises(WireError) as refused:
        Decoder().feed(message(0x03, b"z"))
    assert "z" not in str(refused.value)


def test_keys_that_no_telephone_has_are_passed_over() -> None:
    assert Decoder().feed(message(0x03, b"A") + message(0x03, b"#")) == [KeyPress("#")]


def test_a_frame_goes_out_as_audio_at_8_khz() -> None:
    assert Decoder().feed(audio_message(SPEECH)) == [Audio(SPEECH)]
    with pytest.raises(ValueError, match="320"):
        audio_message(SPEECH[:-1])
