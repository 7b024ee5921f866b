"""What an operator does with accounts: add, find, list, import, export, and fill in demo people."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from bot.accounts.account import Account, Person, masked
from bot.accounts.database import Database
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.roster import person_of, read_roster, write_roster
from bot.accounts.tables import NOTHING_PENDING, accounts, loaded, stored
from bot.errors import AccountsError


@dataclass(frozen=True, slots=True)
class Imported:
    """How many accounts are new, and how many got their owner's data renewed."""

    added: int
    updated: int


def unusable_hash() -> str:
    """The hash of an account without a password: none verifies against it, and no two are alike."""
    return f"!{secrets.token_hex(20)}"


class AccountRegister:
    """The accounts behind a URL, for the command line.

    Raises (every method):
        AccountsError: the database cannot be used, or the data are wrong; AccountsBusy when trying again may help.
    """

    def __init__(self, url: str, *, code_lengths: Collection[int] = (10, 12), busy_ms: int = 3000) -> None:
        self._database = Database(url, busy_ms=busy_ms)
        self._code_lengths = code_lengths

    def add(
        self, *, code: str, phone: str, name: str, email: str | None = None, password_hash: str | None = None
    ) -> Account:
        """A new account; nobody can log in to it before a reset unless `password_hash` is given."""
        row = {"code": code, "phone": phone, "name": name, "email": email or ""}
        try:
            person = person_of(row, self._code_lengths)
        except ValueError as error:
            raise AccountsError(f"Chưa thêm tài khoản: {error}.") from None
        with self._database.write() as connection:
            if connection.execute(_rows(person.code)).first() is not None:
                raise AccountsError(
                    f"Mã số {masked(person.code)} đã có tài khoản. Dùng lệnh nhập CSV để sửa thông tin."
                )
            connection.execute(insert(accounts).values(_new_row(person, password_hash)))
            return _account(connection.execute(_rows(person.code)).one())

    def find(self, code: str) -> Account | None:
        with self._database.read() as connection:
            row = connection.execute(_rows(code)).first()
        return None if row is None else _account(row)

    def list_accounts(self, limit: int = 100) -> list[Account]:
        """The first accounts by code."""
        with self._database.read() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.code).limit(limit)).all()
        return [_account(row) for row in rows]

    def import_csv(self, path: Path) -> Imported:
        """Add the people of a CSV file and renew those there are: all of them or none. Passwords stay as they are."""
        return self._renew(read_roster(path, self._code_lengths), password_hash=None)

    def export_csv(self, path: Path) -> int:
        """Write everybody, by code, to a CSV file that `import_csv` reads; returns how many. No password, no hash."""
        people = select(accounts.c.code, accounts.c.phone, accounts.c.name, accounts.c.email).order_by(accounts.c.code)
        with self._database.read() as connection:
            rows = connection.execution_options(stream_results=True).execute(people)
            return write_roster(path, map(_person, rows))

    def seed_demo(self, password_hash: str | None = None) -> Imported:
        """Fill in the fictional people of `bot.accounts.demo`; a second time changes nothing."""
        return self._renew(DEMO_PEOPLE, password_hash=password_hash)

    def close(self) -> None:
        self._database.close()

    def _renew(self, people: Sequence[Person], password_hash: str | None) -> Imported:
        added = updated = 0
        with self._database.write() as connection:
            for person in people:
                row = connection.execute(_rows(person.code)).first()
                if row is None:
                    connection.execute(insert(accounts).values(_new_row(person, password_hash)))
                    added += 1
                elif _person(row) != person:
                    connection.execute(
                        update(accounts).where(accounts.c.id == row.id).values(_changes(_person(row), person))
                    )
                    updated += 1
        return Imported(added, updated)


def _rows(code: str) -> Any:
    return select(accounts).where(accounts.c.code == code)


def _new_row(person: Person, password_hash: str | None) -> dict[str, object]:
    now = stored(datetime.now(timezone.utc))
    return {
        "code": person.code,
        "phone": person.phone,
        "name": person.name,
        "email": person.email,
        "password_hash": password_hash or unusable_hash(),
        "must_change": True,
        "created_at": now,
        "updated_at": now,
    }


def _changes(old: Person, new: Person) -> dict[str, object]:
    """A new phone number also ends a reset that somebody with the old one has begun."""
    changes: dict[str, object] = {"phone": new.phone, "name": new.name, "email": new.email}
    changes["updated_at"] = stored(datetime.now(timezone.utc))
    return changes | (NOTHING_PENDING if new.phone != old.phone else {})


def _person(row: Any) -> Person:
    return Person(code=row.code, phone=row.phone, name=row.name, email=row.email)


def _account(row: Any) -> Account:
    return Account(
        person=_person(row),
        password_hash=row.password_hash,
        must_change=row.must_change,
        password_expires_at=row.password_expires_at and loaded(row.password_expires_at),
        pending_until=row.pending_until and loaded(row.pending_until),
        created_at=loaded(row.created_at),
        updated_at=loaded(row.updated_at),
    )
