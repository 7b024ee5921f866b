"""Asterisk's AudioSocket protocol as bytes: a kind, a length of two bytes, a payload. No sockets here.

Source: docs.asterisk.org, Configuration / Channel-Drivers / AudioSocket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Union
from uuid import UUID

from bot.audio import FRAME_BYTES, Audio
from bot.ports import KeyPress
from bot.transports.wire_error import WireError

HANG_UP, IDENTIFY, DTMF, AUDIO, ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
HEADER_BYTES: Final = 3
RATES_HZ: Final = {
    0x10: 8000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
KEYS: Final = frozenset("0123456789*#")
OTHER_KEYS: Final = frozenset("ABCDabcd")  # DTMF that no telephone of a caller has


@dataclass(frozen=True, slots=True)
class Identify:
    """The first message of a connection: which call it is."""

    call: UUID


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller left."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The PBX cannot go on; `code` is its own."""

    code: bytes


Message = Union[Identify, HangUp, Failed, KeyPress, Audio]


class Decoder:
    """Bytes as they come, in pieces of any size, to whole messages. Keeps less than one message."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes.

        Raises:
            WireError: this is no AudioSocket; the connection is of no use any more.
        """
        self._pending += data
        messages: list[Message] = []
        at = 0
        while len(self._pending) - at >= HEADER_BYTES:
            kind = self._pending[at]
            length = int.from_bytes(self._pending[at + 1 : at + HEADER_BYTES], "big")
            _check(kind, length)
            end = at + HEADER_BYTES + length
            if len(self._pending) < end:
                break
            message = _message(kind, bytes(self._pending[at + HEADER_BYTES : end]))
            if message is not None:
                messages.append(message)
            at = end
        del self._pending[:at]
        return messages


def audio_message(frame: bytes) -> bytes:
    """20 ms of the bot's speech (320 bytes) as a message."""
    if len(frame) != FRAME_BYTES:
        raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
    return bytes([AUDIO]) + FRAME_BYTES.to_bytes(2, "big") + frame


HANG_UP_MESSAGE: Final = bytes([HANG_UP, 0, 0])


def _check(kind: int, length: int) -> None:
    """What the header alone says, so that nothing is waited for that will be refused."""
    if kind in RATES_HZ:
        fits = length % 2 == 0
    else:
        fits = {HANG_UP: length == 0, IDENTIFY: length == 16, DTMF: length == 1, ERROR: length <= 16}.get(kind, False)
    if not fits:
        raise WireError(f"no AudioSocket message: kind 0x{kind:02x} with {length} bytes")


def _message(kind: int, payload: bytes) -> Message | None:
    if kind in RATES_HZ:
        return Audio(payload, RATES_HZ[kind])
    if kind == IDENTIFY:
        return Identify(UUID(bytes=payload))
    if kind == DTMF:
        return _key(payload)
    return HangUp() if kind == HANG_UP else Failed(payload)


def _key(payload: bytes) -> KeyPress | None:
    key = chr(payload[0])
    if key in OTHER_KEYS:
        return None
    if key not in KEYS:
        raise WireError("no telephone key")
    return KeyPress(key)
