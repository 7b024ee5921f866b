"""The text messages of Asterisk's chan_websocket, in JSON and in the older plain text. No sockets here.

Source: docs.asterisk.org, Configuration / Channel-Drivers / WebSocket. Media travel beside them, in binary messages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Final, Union

from bot.ports import KeyPress
from bot.transports.audiosocket_wire import KEYS
from bot.transports.wire_error import WireError

MOST_CHARACTERS: Final = 8192  # of one message; MEDIA_START carries the channel's variables
FORMAT: Final = "slin"  # the media that we take and give: signed linear, 16 bits, 8 kHz


class Dialect(Enum):
    """How this Asterisk writes its messages, and wants ours."""

    JSON = "json"
    PLAIN = "plain-text"


class Command(Enum):
    """What we tell Asterisk."""

    FLUSH_MEDIA = "FLUSH_MEDIA"  # forget what was sent and not yet played
    HANGUP = "HANGUP"


@dataclass(frozen=True, slots=True)
class MediaStart:
    """The first message of a connection; it shows the dialect."""

    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Flow:
    """Whether Asterisk takes more media: XOFF says no, XON yes."""

    open: bool


Message = Union[MediaStart, Flow, KeyPress]


def read(text: str) -> Message | None:
    """One text message; None for those that are of no matter here.

    Raises:
        WireError: it is no message of chan_websocket, or one for media that we cannot take.
    """
    if len(text) > MOST_CHARACTERS:
        raise WireError("a text message is too long")
    dialect = Dialect.JSON if text.lstrip().startswith("{") else Dialect.PLAIN
    name, fields = _from_json(text) if dialect is Dialect.JSON else _from_plain(text)
    if name == "MEDIA_START":
        if fields.get("format") != FORMAT:
            raise WireError(f"the media are not {FORMAT}: the dialplan wants c({FORMAT})")
        return MediaStart(dialect)
    if name == "DTMF_END":
        return _key(fields.get("digit", ""))
    if name in {"MEDIA_XOFF", "MEDIA_XON"}:
        return Flow(name == "MEDIA_XON")
    return None


def write(command: Command, dialect: Dialect) -> str:
    return json.dumps({"command": command.value}) if dialect is Dialect.JSON else command.value


def _from_json(text: str) -> tuple[str, dict[str, str]]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("a text message is no JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        raise WireError("a JSON message names no event")
    return message["event"], {key: value for key, value in message.items() if isinstance(value, str)}


def _from_plain(text: str) -> tuple[str, dict[str, str]]:
    name, *words = text.split()[:100] or [""]
    if not name.replace("_", "").isupper():
        raise WireError("a text message names no event")
    return name, {key: value for key, _, value in (word.partition(":") for word in words)}


def _key(digit: str) -> KeyPress | None:
    return KeyPress(digit) if digit in KEYS else None
