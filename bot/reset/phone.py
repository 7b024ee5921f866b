"""Vietnamese telephone numbers in the one form that numbers are compared in."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s.()\-]")
_NUMBER = re.compile(r"(?:(?:\+|00)?840?|0)([13-9][0-9]{8}|2[0-9]{9})")


def national_form(number: str) -> str | None:
    """`+84 912.345.678`, `84912345678` and `0912 345 678` as `0912345678`; None for what is no Vietnamese number.

    Mobile numbers have 10 digits, fixed lines (`02…`) 11.
    """
    match = _NUMBER.fullmatch(_SEPARATORS.sub("", number))
    return f"0{match[1]}" if match else None
