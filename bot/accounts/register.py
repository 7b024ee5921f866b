"""What an operator does with accounts: add, find, list, import, export, and fill in demo people."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from bot.accounts.account import Account, Person, masked
from bot.accounts.data_key import DataKey, data_key
from bot.accounts.database import Database
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.roster import CITIZEN_ID, person_of, read_roster, write_roster
from bot.accounts.sealed_person import columns_of, person_in
from bot.accounts.tables import NOTHING_PENDING, accounts, check_key, loaded, stored
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

    def __init__(
        self, url: str, *, key: DataKey | None = None, code_lengths: Collection[int] = (10, 12), busy_ms: int = 3000
    ) -> None:
        """`key` is the environment's where none is given."""
        self._database = Database(url, busy_ms=busy_ms)
        self._key = key or data_key()
        self._code_lengths = code_lengths

    def add(
        self,
        *,
        code: str,
        phone: str,
        name: str,
        email: str | None = None,
        citizen_id: str | None = None,
        password_hash: str | None = None,
    ) -> Account:
        """A new account; nobody can log in to it before a reset unless `password_hash` is given."""
        row = {"code": code, "phone": phone, "name": name, "email": email or "", CITIZEN_ID: citizen_id or ""}
        try:
            person = person_of(row, self._code_lengths)
        except ValueError as error:
            raise AccountsError(f"Chưa thêm tài khoản: {error}.") from None
        with self._write() as connection:
            if connection.execute(self._rows(person.code)).first() is not None:
                raise AccountsError(
                    f"Mã số {masked(person.code)} đã có tài khoản. Dùng lệnh nhập CSV để sửa thông tin."
                )
            connection.execute(insert(accounts).values(self._new_row(person, password_hash)))
            return self._account(connection.execute(self._rows(person.code)).one())

    def find(self, code: str) -> Account | None:
        with self._read() as connection:
            row = connection.execute(self._rows(code)).first()
        return None if row is None else self._account(row)

    def set_disabled(self, code: str, disabled: bool) -> None:
        """Whether the account gets no new password; disabling also ends a reset that has begun.

        Raises:
            AccountsError: there is no such account.
        """
        values: dict[str, object] = {"disabled": disabled, **(NOTHING_PENDING if disabled else {})}
        mine = accounts.c.code_hmac == self._key.of_code(code)
        with self._database.write() as connection:
            if connection.execute(update(accounts).where(mine).values(values)).rowcount == 0:
                raise AccountsError(f"Không có tài khoản nào của mã số {masked(code)}. Xem: nhanh8 accounts list")

    def list_accounts(self, limit: int = 100) -> list[Account]:
        """The first accounts in the order of their entry: the database cannot order what it cannot read."""
        with self._read() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.id).limit(limit)).all()
        return [self._account(row) for row in rows]

    def without_citizen_id(self) -> int:
        """How many accounts a second factor would refuse, since nothing is known to compare it with."""
        unknown = select(func.count()).where(accounts.c.citizen_id_hmac.is_(None), ~accounts.c.disabled)
        with self._read() as connection:
            return int(connection.execute(unknown).scalar_one())

    def import_csv(self, path: Path) -> Imported:
        """Add the people of a CSV file and renew those there are: all of them or none.

        Passwords stay as they are, and so does the ending of a citizen's number that the file does not tell.
        """
        return self._renew(read_roster(path, self._code_lengths), password_hash=None)

    def export_csv(self, path: Path) -> int:
        """Write everybody to a CSV file that `import_csv` reads; returns how many. No password, no hash."""
        people = select(accounts.c.code_hmac, accounts.c.sealed).order_by(accounts.c.id)
        with self._read() as connection:
            rows = connection.execution_options(stream_results=True).execute(people)
            return write_roster(path, (person_in(row, self._key) for row in rows))

    def seed_demo(self, password_hash: str | None = None) -> Imported:
        """Fill in the fictional people of `bot.accounts.demo`; a second time changes nothing."""
        return self._renew(DEMO_PEOPLE, password_hash=password_hash)

    def close(self) -> None:
        self._database.close()

    def _renew(self, people: Sequence[Person], password_hash: str | None) -> Imported:
        added = updated = 0
        with self._write() as connection:
            for person in people:
                row = connection.execute(self._rows(person.code)).first()
                if row is None:
                    connection.execute(insert(accounts).values(self._new_row(person, password_hash)))
                    added += 1
                    continue
                old = person_in(row, self._key)
                new = replace(person, citizen_id_ending=person.citizen_id_ending or old.citizen_id_ending)
                if new != old:
                    connection.execute(update(accounts).where(accounts.c.id == row.id).values(self._changes(old, new)))
                    updated += 1
        return Imported(added, updated)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._database.write() as connection:
            check_key(connection, self._key)
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self._database.read() as connection:
            check_key(connection, self._key)
            yield connection

    def _rows(self, code: str) -> Any:
        return select(accounts).where(accounts.c.code_hmac == self._key.of_code(code))

    def _new_row(self, person: Person, password_hash: str | None) -> dict[str, object]:
        now = stored(datetime.now(timezone.utc))
        return {
            **columns_of(person, self._key),
            "password_hash": password_hash or unusable_hash(),
            "must_change": True,
            "created_at": now,
            "updated_at": now,
        }

    def _changes(self, old: Person, new: Person) -> dict[str, object]:
        """A new phone number also ends a reset that somebody with the old one has begun."""
        changes = {**columns_of(new, self._key), "updated_at": stored(datetime.now(timezone.utc))}
        return changes | (NOTHING_PENDING if new.phone != old.phone else {})

    def _account(self, row: Any) -> Account:
        return Account(
            person=person_in(row, self._key),
            password_hash=row.password_hash,
            must_change=row.must_change,
            disabled=row.disabled,
            password_expires_at=row.password_expires_at and loaded(row.password_expires_at),
            pending_until=row.pending_until and loaded(row.pending_until),
            created_at=loaded(row.created_at),
            updated_at=loaded(row.updated_at),
        )
