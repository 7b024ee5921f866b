"""Whose password is which after a call."""

from __future__ import annotations

from tests.e2e.telephone.bot_process import OLD_PASSWORD
from tests.e2e.telephone.exchange import Exchange
from tests.e2e.telephone.person import Person


def assert_new_password(exchange: Exchange, person: Person) -> None:
    """What they heard is their password, the old one is not, and it was changed once."""
    first, *again = person.passwords
    assert len(first) == 8
    assert all(first.startswith(each) for each in again)  # who left early did not hear it all again
    assert exchange.bot.lets_in(person.code, first)
    assert not exchange.bot.lets_in(person.code, OLD_PASSWORD)
    assert _times_heard(exchange, person) == 1


def assert_old_password(exchange: Exchange, person: Person) -> None:
    assert exchange.bot.lets_in(person.code, OLD_PASSWORD)
    assert exchange.bot.account(person.code).pending_until is None
    assert _times_heard(exchange, person) == 0


def _times_heard(exchange: Exchange, person: Person) -> int:
    return [event["event"] for event in exchange.events(person)].count("password_heard")
