"""What the database holds about one person, by their code or their number: to be given out, deleted, or expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.engine import Connection

from bot.accounts.data_key import DataKey, data_key
from bot.accounts.database import Database
from bot.accounts.outbox import errand_id
from bot.accounts.sealed_person import person_in
from bot.accounts.tables import accounts, attempts, calls, check_key, outbox, stored
from bot.reset.phone import national_form

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Rows as plain values, times as ISO 8601 in UTC; none of it is in the repr."""

    accounts: list[Row] = field(repr=False)
    attempts: list[Row] = field(repr=False)
    errands: list[Row] = field(repr=False)  # what followed a reset: notifications, tokens revoked
    errand_ids: frozenset[str] = field(repr=False)  # by which they are known outside of the database
    calls: list[Row] = field(repr=False)


class PersonalData:
    """The database behind a URL; `key` is the environment's where none is given.

    Raises (every method):
        AccountsError: the database cannot be used, or was written with another key.
    """

    def __init__(self, url: str, *, key: DataKey | None = None, busy_ms: int = 3000) -> None:
        self._database = Database(url, busy_ms=busy_ms)
        self._key = key or data_key()

    def about(self, *, code: str | None = None, number: str | None = None) -> Held:
        """All that is kept about the person with this code, or about whoever has and calls from this number."""
        with self._database.read() as connection:
            check_key(connection, self._key)
            subject = self._subject(connection, code, number)
            errands = connection.execute(_errands_of(subject)).all()
            about = or_(attempts.c.caller_hmac.in_(subject.phones), attempts.c.code_hmac.in_(subject.codes))
            return Held(
                accounts=[self._account(row) for row in subject.accounts],
                attempts=[_attempt(row, subject) for row in connection.execute(select(attempts).where(about)).all()],
                errands=[_plain(row, *_ERRAND) for row in errands],
                errand_ids=frozenset(map(errand_id, errands)),
                calls=[_plain(row, *_CALL) for row in connection.execute(_calls_of(subject)).all()],
            )

    def delete(self, *, code: str | None = None, number: str | None = None, account: bool) -> None:
        """Delete the records of the person's calls and, with `account`, the account and its errands.

        Refused attempts stay.
        """
        with self._database.write() as connection:
            check_key(connection, self._key)
            subject = self._subject(connection, code, number)
            connection.execute(delete(calls).where(calls.c.caller_hmac.in_(subject.phones)))
            if account:
                connection.execute(delete(outbox).where(outbox.c.account_id.in_(subject.ids)))
                connection.execute(delete(accounts).where(accounts.c.id.in_(subject.ids)))

    def purge(
        self, *, calls_before: datetime, attempts_before: datetime, errands_before: datetime
    ) -> tuple[int, int, int]:
        """Delete call records, refused attempts and errands done that are older; returns how many of each."""
        with self._database.write() as connection:
            old_calls = connection.execute(delete(calls).where(calls.c.started_at < stored(calls_before)))
            old_attempts = connection.execute(delete(attempts).where(attempts.c.at < stored(attempts_before)))
            old_errands = connection.execute(delete(outbox).where(outbox.c.done_at < stored(errands_before)))
            return old_calls.rowcount, old_attempts.rowcount, old_errands.rowcount

    def close(self) -> None:
        self._database.close()

    def _subject(self, connection: Connection, code: str | None, number: str | None) -> _Subject:
        """One's own number is the account's; a number's codes are those of all its accounts."""
        if code is not None:
            codes, whose = [self._key.of_code(code)], accounts.c.code_hmac == self._key.of_code(code)
            rows = connection.execute(select(accounts).where(whose)).all()
            return _Subject(rows, codes, [row.phone_hmac for row in rows])
        phones = [self._key.of_phone(national_form(number or "") or number or "")]
        rows = connection.execute(select(accounts).where(accounts.c.phone_hmac == phones[0])).all()
        return _Subject(rows, [row.code_hmac for row in rows], phones)

    def _account(self, row: Any) -> Row:
        person = person_in(row, self._key)
        who = {"code": person.code, "phone": person.phone, "name": person.name, "email": person.email}
        who["citizen_id_ending"] = person.citizen_id_ending
        return {**who, **_plain(row, *_ACCOUNT)}


@dataclass(frozen=True, slots=True)
class _Subject:
    """A person's accounts, and what their codes and numbers are kept as."""

    accounts: list[Any]
    codes: list[str]
    phones: list[str]

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.accounts]


_ACCOUNT = ("must_change", "disabled", "password_expires_at", "pending_until", "created_at", "updated_at")
_ERRAND = ("task", "reset_at", "tries", "done_at", "trouble")
_CALL = ("call_id", "started_at", "duration_ms", "fee_vnd", "outcome", "turns")


def _calls_of(subject: _Subject) -> Any:
    return select(calls).where(calls.c.caller_hmac.in_(subject.phones)).order_by(calls.c.started_at)


def _errands_of(subject: _Subject) -> Any:
    return select(outbox).where(outbox.c.account_id.in_(subject.ids)).order_by(outbox.c.id)


def _attempt(row: Any, subject: _Subject) -> Row:
    """Whoever tried somebody's code from elsewhere is not told: that is another's data."""
    return {
        **_plain(row, "at", "tested", "trunk"),
        "from_own_number": row.caller_hmac in subject.phones,
        "about_own_code": row.code_hmac in subject.codes,
    }


def _plain(row: Any, *names: str) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {
        name: f"{value.isoformat(timespec='seconds')}Z" if isinstance(value, datetime) else value
        for name, value in values.items()
    }
