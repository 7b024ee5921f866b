"""What has to follow a reset: noted in the transaction that makes it active, done afterwards at least once, in order.

For each account one errand of a kind waits for those before it. Whoever takes one leases it: a program that dies with
it, or is slow, has it taken by the next one when the lease is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection

from bot.accounts.data_key import DataKey
from bot.accounts.database import Database
from bot.accounts.sealed_person import person_in
from bot.accounts.tables import accounts, check_key, loaded, outbox, stored
from bot.ports import Errand, ErrandKind

GONE = "account_gone"  # the trouble of an errand that has nobody to be done for


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An errand as an operator may see it: nobody's data. `trouble` is the code of the last try's error."""

    number: int
    kind: ErrandKind
    reset_at: datetime
    tries: int
    due_at: datetime
    trouble: str | None
    done_at: datetime | None


def note_errands(connection: Connection, account_id: int, reset_id: str, now: datetime) -> None:
    """Note all that has to follow the reset which this transaction makes active."""
    same = {"account_id": account_id, "reset_id": reset_id, "reset_at": stored(now), "due_at": stored(now), "tries": 0}
    connection.execute(insert(outbox), [{**same, "task": kind.value} for kind in ErrandKind])


def errand_id(row: Any) -> str:
    """What a row of the outbox is known by outside of it."""
    return f"{row.reset_id}:{row.task}"


class Outbox:
    """The errands of an account database.

    Raises (every method):
        AccountsError: the database cannot be used; AccountsBusy when trying again may help.
    """

    def __init__(self, database: Database, key: DataKey) -> None:
        self._database = database
        self._key = key

    def take(self, now: datetime, lease: timedelta, *, longest_wait: timedelta) -> Errand | None:
        """The next errand that is due, if any; nobody else gets it until its lease is over.

        What would wait longer than `longest_wait` was put off by a clock that was ahead, and is due.
        """
        due = or_(outbox.c.due_at <= stored(now), outbox.c.due_at > stored(now + max(lease, longest_wait)))
        waiting = and_(outbox.c.done_at.is_(None), due)
        with self._database.read() as connection:  # mostly there is nothing, and nobody has to wait for it
            if connection.execute(select(outbox.c.id).where(waiting).limit(1)).first() is None:
                return None

        def lend(connection: Connection) -> Errand | None:
            check_key(connection, self._key)
            while (row := connection.execute(_next(waiting)).first()) is not None:
                found = row.sealed is not None
                values = {"due_at": stored(now + lease)} if found else {"done_at": stored(now), "trouble": GONE}
                connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))
                if found:
                    return self._errand(row)
            return None

        return self._database.run(lend)

    def done(self, errand: Errand, now: datetime, *, trouble: str | None = None) -> None:
        """It need not be done again; with `trouble` it never can, and was given up."""
        self._tried(errand, done_at=stored(now), trouble=trouble)

    def failed(self, errand: Errand, trouble: str, due_at: datetime) -> None:
        """It is not done, and is due again at `due_at`; those of the same account and kind wait for it."""
        self._tried(errand, due_at=stored(due_at), trouble=trouble)

    def look(self, *, most: int = 50, done: bool = False) -> list[Noted]:
        """Those that wait, oldest first; with `done` also those that are done, and of all of them the last ones."""
        rows = select(outbox).order_by(outbox.c.id.desc() if done else outbox.c.id).limit(most)
        with self._database.read() as connection:
            found = connection.execute(rows if done else rows.where(outbox.c.done_at.is_(None))).all()
        return sorted(map(_noted, found), key=lambda each: each.number)

    def close(self) -> None:
        self._database.close()

    def _tried(self, errand: Errand, **values: object) -> None:
        reset_id, _, task = errand.id.rpartition(":")
        mine = and_(outbox.c.reset_id == reset_id, outbox.c.task == task, outbox.c.done_at.is_(None))
        tried = update(outbox).where(mine).values(tries=errand.tries + 1, **values)
        self._database.run(lambda connection: connection.execute(tried).close())

    def _errand(self, row: Any) -> Errand:
        person = person_in(row, self._key)
        return Errand(
            id=errand_id(row),
            kind=ErrandKind(row.task),
            code=person.code,
            phone=person.phone,
            email=person.email,
            reset_at=loaded(row.reset_at),
            tries=row.tries,
        )


def _next(waiting: Any) -> Any:
    """Of what is due, the oldest errand that waits for no other one, with its account."""
    before = outbox.alias()
    another = select(before.c.id).where(
        before.c.account_id == outbox.c.account_id,
        before.c.task == outbox.c.task,
        before.c.id < outbox.c.id,
        before.c.done_at.is_(None),
    )
    return (
        select(outbox, accounts.c.code_hmac, accounts.c.sealed)
        .outerjoin(accounts, accounts.c.id == outbox.c.account_id)
        .where(waiting, ~another.exists())
        .order_by(outbox.c.id)
        .limit(1)
    )


def _noted(row: Any) -> Noted:
    return Noted(
        number=row.id,
        kind=ErrandKind(row.task),
        reset_at=loaded(row.reset_at),
        tries=row.tries,
        due_at=loaded(row.due_at),
        trouble=row.trouble,
        done_at=row.done_at and loaded(row.done_at),
    )
