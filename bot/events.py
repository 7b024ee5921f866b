"""The one event log of a call: what the session did, when in audio time, and how long computing took."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TextIO

from bot.errors import AudioError

log = logging.getLogger(__name__)


class Kind(str, Enum):
    CALL_STARTED = "call_started"  # call_id, caller
    PROMPT = "prompt"  # the first frame of a prompt is played: prompt_id
    SILENT = "silent"  # the bot has said all it had to say; not after a barge-in
    SPEECH = "speech"  # the caller began to speak
    BARGE_IN = "barge_in"  # the caller stopped the bot: prompt_id, played_ms
    RESUMED = "resumed"  # what stopped the bot was no answer: it says on what it was stopped in
    PARTIAL = "partial"  # the words of the turn so far changed: text
    HEARD = "heard"  # a turn ended: how, text, confidence, ended_ms (where the speech ended), recognise_ms
    DECIDED = "decided"  # the dialogue answered: intent, intent_confidence, expect, slots, decide_ms
    RENDERED = "rendered"  # the answer is ready to play: text, render_ms
    SECRET = "secret"  # noqa: S105 - from here the bot reads a secret out, or does so no more: spoken
    PASSWORD_HEARD = "password_heard"  # noqa: S105 - the first reading was played and the password is active
    DELAY = "delay"  # an answer takes long: the caller is asked to wait
    TROUBLE = "trouble"  # the call has to end before its dialogue does, with an apology: trouble
    CALL_ENDED = "call_ended"  # outcome, duration_ms, fee_vnd, turns


Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Personal:
    """Text that may hold personal data: whoever writes it down masks it first, or takes `masked` where there is one."""

    text: str
    masked: str | None = None

    def hidden(self, mask: Mask) -> str:
        """The text to write down."""
        return mask(self.text) if self.masked is None else self.masked


Field = str | int | float | bool | None | Personal | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, `at_ms` of the line's audio after the call was answered."""

    kind: Kind
    at_ms: int
    fields: Mapping[str, Field]


Sink = Callable[[Event], None]


class EventLog:
    """Gives each event to every sink, at once and in order."""

    def __init__(self, *sinks: Sink) -> None:
        self._sinks = sinks

    def emit(self, kind: Kind, at_ms: int, **fields: Field) -> None:
        event = Event(kind, at_ms, fields)
        for sink in self._sinks:
            sink(event)


def masked(event: Event, mask: Mask) -> dict[str, object]:
    """The event as plain JSON values, personal text masked."""
    plain = {name: _plain(value, mask) for name, value in event.fields.items()}
    return {"event": event.kind.value, "at_ms": event.at_ms, **plain}


def _plain(value: Field, mask: Mask) -> object:
    if isinstance(value, Personal):
        return value.hidden(mask)
    return dict(value) if isinstance(value, Mapping) else value


class JsonLinesFile:
    """Writes events to a file, a JSON object a line, personal text masked. A full disk ends the file, not the call."""

    def __init__(self, path: Path, mask: Mask) -> None:
        self._mask = mask
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = path.open("w", encoding="utf-8")
        except OSError as error:
            raise AudioError(f"Không ghi được tệp sự kiện {path}: {error.strerror}.") from None

    def __call__(self, event: Event) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(json.dumps(masked(event, self._mask), ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            log.error("event file ends here", extra={"reason": error.strerror})
            self.close()

    def close(self) -> None:
        """Harmless twice, and when what is left cannot be written."""
        with contextlib.suppress(OSError):
            self._file.close()
