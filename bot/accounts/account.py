"""A person's account as the database keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

SHOWN_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who an account belongs to; personal data, so none of it is in the repr."""

    code: str = field(repr=False)
    phone: str = field(repr=False)
    name: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    citizen_id_ending: str | None = field(default=None, repr=False)  # the last digits: `bot.reset.citizen_id`


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. A `password_hash` that starts with `!` is no password's."""

    person: Person
    password_hash: str = field(repr=False)
    must_change: bool
    disabled: bool  # it gets no new password
    password_expires_at: datetime | None
    pending_until: datetime | None
    created_at: datetime
    updated_at: datetime


def masked(digits: str) -> str:
    """A code or a phone number with all but its last three digits hidden: `•••••••789`."""
    hidden = max(len(digits) - SHOWN_DIGITS, 0)
    return "•" * hidden + digits[hidden:] if hidden else "•" * len(digits)
