"""What passes between a call and its dialogue: what was heard, and what to say and expect next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Union


class Expect(str, Enum):
    """What the caller is expected to say next: chooses the grammar, the limits and the barge-in rule of a turn."""

    MENU = "menu"  # which service: a phrase or one key
    CODE = "code"  # digits of a BHXH code
    YES_NO = "yes_no"  # yes, no or a correction
    CLOSING = "closing"  # after the password: repeat, a question, or goodbye
    NOTHING = "nothing"  # the bot will hang up


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance: lower-case NFC words, and a confidence from 0 to 1 where the engine has one."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a recogniser made of one turn, best hypothesis first; the best one's text is empty if it heard no words."""

    hypotheses: tuple[Hypothesis, ...]

    @property
    def text(self) -> str:
        return self.hypotheses[0].text if self.hypotheses else ""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys pressed in one turn, without the `#` that ended them; `*` is kept."""

    keys: str


@dataclass(frozen=True, slots=True)
class NoInput:
    """The caller said and pressed nothing in time."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller left."""


Heard = Union[Utterance, Keys, NoInput]


@dataclass(frozen=True, slots=True)
class SecretRef:
    """An opaque one-use reference to a secret; only the speaker can resolve it, once, in time."""

    token: str


@dataclass(frozen=True, slots=True)
class DigitString:
    """Digits to be read out one by one in groups; personal data."""

    digits: str


Value = Union[str, DigitString, SecretRef]


class Outcome(str, Enum):
    """How a call ended."""

    RESET = "reset"  # a new password is active and was heard
    NO_MATCH = "no_match"
    GAVE_UP = "gave_up"  # the bot could not understand the caller
    WITHHELD = "withheld"  # no calling number
    CANCELLED = "cancelled"
    AGENT = "agent"  # the caller wants a person
    HUNG_UP = "hung_up"  # the caller left before the end
    TIME_UP = "time_up"
    UNAVAILABLE = "unavailable"  # the account database was away
    ERROR = "error"


DOTS = "••••••••"


def shown(say: Say, *, digits: bool) -> str:
    """The text with its values, for people who watch. A secret is always dots, as many whatever its length; digits of
    a number are dots unless `digits` is set.
    """
    text = say.text
    for name, value in say.values.items():
        text = text.replace("{" + name + "}", _shown(value, digits))
    return text


def _shown(value: Value, digits: bool) -> str:
    if isinstance(value, SecretRef):
        return DOTS
    if isinstance(value, DigitString):
        return value.digits if digits else "•" * len(value.digits)
    return value


def prompt_id(response: str, variation: int) -> str:
    """The id of a response's variation, counted from 0: `utter_fee`, `utter_fee.2`, `utter_fee.3`..."""
    return response if variation == 0 else f"{response}.{variation + 1}"


PLACE = re.compile(r"\{(\w+)\}")  # where a value goes in a designer's text


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One prompt to speak.

    `text` is the designer's text with `{name}` places, each named in `values`. `prompt_id` names its recordings.
    """

    prompt_id: str
    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    interruptible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The dialogue's answer: what to say, what to expect, and whether the call ends after it and why.

    `digits_wanted` is how many more digits complete the code, or the group asked for, where digits are expected.
    `intent`, how sure of it the dialogue is (0 to 1), and `slots` are for people who watch; slot values that are
    personal data arrive masked.
    """

    says: tuple[Say, ...]
    expect: Expect
    digits_wanted: int | None = None
    hang_up: bool = False
    outcome: Outcome | None = None
    intent: str | None = None
    intent_confidence: float | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
