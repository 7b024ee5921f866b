"""The second factor that callers can say: the last digits of the number on their citizen's card (căn cước).

All 12 would take a caller ten seconds more. The last six are a serial number, so that, unlike the rest of it, the last
four tell nothing of the owner's province, sex or year of birth, and cannot be guessed from them.
"""

from __future__ import annotations

from typing import Final

from bot.settings import CITIZEN_ID_DIGITS

ENDING_DIGITS: Final = 4


def ending(digits: str) -> str | None:
    """The last four digits of a whole number, or those four themselves; None for anything else."""
    fits = digits.isascii() and digits.isdigit() and len(digits) in (ENDING_DIGITS, CITIZEN_ID_DIGITS)
    return digits[-ENDING_DIGITS:] if fits else None
