"""Which number a caller gave: the code that was asked for, a part of it, or one that people mix it up with."""

from __future__ import annotations

from enum import Enum
from typing import Final

from bot.vietnamese.digits import HeardDigits

_CITIZEN_ID_DIGITS: Final = 12
_CARD_DIGITS: Final = frozenset({13, 15})  # a health insurance card: 2 letters and 13 digits, 15 places
_PHONE_DIGITS: Final = frozenset({9, 10, 11})
_COUNTRY: Final = "84"


class NumberKind(str, Enum):
    """What a digit string is, by its length and by what was said with it."""

    COMPLETE = "complete"  # as long as the code
    SHORT = "short"  # could still become one
    LONG = "long"  # too long for any code
    CITIZEN_ID = "citizen_id"  # số định danh cá nhân on the CCCD, where that is not what is asked for
    INSURANCE_CARD = "insurance_card"  # thẻ BHYT; its last ten digits are the code, which is for the caller to say
    PHONE_NUMBER = "phone_number"  # the caller's own, or called one
    NONE = "none"  # no digits


def fitting(heard: HeardDigits, lengths: tuple[int, ...]) -> tuple[str, ...]:
    """The readings that are as long as a code, best first."""
    return tuple(reading for reading in heard.readings if len(reading) in lengths)


def kind(heard: HeardDigits | str, *, lengths: tuple[int, ...], caller: str | None) -> NumberKind:
    """The kind of a number for codes of these lengths; `caller` is the calling number in any usual form, if known.

    Of several readings, one as long as a code counts before the best one.
    """
    said = heard if isinstance(heard, HeardDigits) else HeardDigits(digits=heard, readings=(heard,) if heard else ())
    digits = next(iter(fitting(said, lengths)), said.digits)
    mixed_up = _mixed_up(said, digits, lengths, caller)
    if mixed_up is not None:
        return mixed_up
    if not digits:
        return NumberKind.NONE
    if len(digits) in lengths:
        return NumberKind.COMPLETE
    return NumberKind.SHORT if len(digits) < max(lengths, default=0) else NumberKind.LONG


def _mixed_up(said: HeardDigits, digits: str, lengths: tuple[int, ...], caller: str | None) -> NumberKind | None:
    if said.letters or (len(digits) in _CARD_DIGITS and len(digits) not in lengths):
        return NumberKind.INSURANCE_CARD
    if _is_phone(said, digits, caller):
        return NumberKind.PHONE_NUMBER
    if len(digits) == _CITIZEN_ID_DIGITS and _CITIZEN_ID_DIGITS not in lengths:
        return NumberKind.CITIZEN_ID
    return None


def _is_phone(said: HeardDigits, digits: str, caller: str | None) -> bool:
    if caller and digits and _national(digits) == _national(caller):
        return True
    return len(digits) in _PHONE_DIGITS and "điện thoại" in " ".join(said.rest)


def _national(number: str) -> str:
    """A Vietnamese number without its country code and leading zero; other numbers as they are."""
    figures = "".join(char for char in number if char.isdigit())
    if figures.startswith(_COUNTRY) and len(figures) >= 11:
        return figures[len(_COUNTRY) :]
    return figures.removeprefix("0")
