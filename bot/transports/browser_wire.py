"""The messages between the studio's page and its call: JSON as text, audio as bytes. No sockets here.

From the page: `start` (first, once), `key`, `text`, `played`, `hang_up`; its microphone as 16-bit little-endian mono at
the rate that `start` told. To the page: `clear`, `hang_up` and what its sinks send; the bot's speech as two bytes, 1
where it is a secret and 0 elsewhere, and 20 ms at 8 kHz (320 bytes).
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Final, Union

from bot.audio import FRAME_BYTES
from bot.ports import KeyPress, TypedText
from bot.replies import HungUp
from bot.transports.audiosocket_wire import KEYS
from bot.transports.wire_error import WireError

MOST_CHARACTERS: Final = 2000  # of one message
MOST_TYPED: Final = 300  # characters of a turn
RATES_HZ: Final = range(8000, 96_001)
FLAG_BYTES: Final = 2  # as long as a sample, so that the page reads one array


@dataclass(frozen=True, slots=True)
class Start:
    """A call begins: the microphone's rate, and the number to call from as it was typed; empty: withheld."""

    rate_hz: int
    number: str


@dataclass(frozen=True, slots=True)
class PlayedSoFar:
    """How many frames the page has played since `clear` number `round`."""

    frames: int
    round: int


Message = Union[Start, KeyPress, TypedText, PlayedSoFar, HungUp]


def read(text: str) -> Message:
    """One text message of the page.

    Raises:
        WireError: it is none.
    """
    if len(text) > MOST_CHARACTERS:
        raise WireError("a text message is too long")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("a text message is no JSON") from None
    if not isinstance(message, dict):
        raise WireError("a text message is no JSON object")
    return _message(message)


def clear_message(round_: int) -> str:
    """The page is to forget what it has not played, and to count from 0 again."""
    return json.dumps({"type": "clear", "round": round_})


HANG_UP_MESSAGE: Final = json.dumps({"type": "hang_up"})


def audio_message(frame: bytes, *, secret: bool) -> bytes:
    """20 ms of the bot's speech (320 bytes)."""
    if len(frame) != FRAME_BYTES:
        raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
    return int(secret).to_bytes(FLAG_BYTES, "little") + frame


def _message(message: dict[str, Any]) -> Message:
    kind = message.get("type")
    if kind == "key" and (key := _text(message, "key", 1)) in KEYS:
        return KeyPress(key)
    if kind == "text":
        return TypedText(unicodedata.normalize("NFC", _text(message, "text", MOST_TYPED)).strip().lower())
    if kind == "played":
        return PlayedSoFar(_whole(message, "frames"), _whole(message, "round"))
    if kind == "start":
        rate_hz = _whole(message, "rate")
        if rate_hz not in RATES_HZ:
            raise WireError("a rate that no microphone has")
        return Start(rate_hz, _text(message, "number", 40).strip())
    if kind == "hang_up":
        return HungUp()
    raise WireError("a message that no page sends")


def _text(message: dict[str, Any], key: str, most: int) -> str:
    value = message.get(key)
    if not isinstance(value, str) or len(value) > most:
        raise WireError(f"{key} is no text, or too long")
    return value


def _whole(message: dict[str, Any], key: str) -> int:
    value = message.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WireError(f"{key} is no whole number")
    return value
