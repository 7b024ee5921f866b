"""A new data key for a database that has one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from bot.accounts.data_key import DataKey
from bot.accounts.database import Database, rows_by_id
from bot.accounts.sealed_person import columns_of, person_in
from bot.accounts.tables import accounts, attempts, calls, check_key, data_keys

_NOBODY = ""  # what no code and no number is kept as


def rekey(url: str, old: DataKey, new: DataKey, *, busy_ms: int = 10_000) -> int:
    """Write everything that `old` hides with `new`, in one transaction; returns how many accounts there are.

    Numbers and codes of no account cannot be read back to be written anew: attempts with them go on counting for what
    else they were about, and calls from them are nobody's from now on.

    Raises:
        AccountsError: `old` is not the database's key, or the database cannot be used.
    """
    database = Database(url, busy_ms=busy_ms)
    try:
        with database.write() as connection:
            check_key(connection, old)
            hmacs = _Renamed(connection)
            count = 0
            for row in rows_by_id(connection, accounts):
                person = person_in(row, old)
                columns = columns_of(person, new)
                connection.execute(update(accounts).where(accounts.c.id == row.id).values(columns))
                hmacs.rename(row.code_hmac, columns["code_hmac"])
                hmacs.rename(row.phone_hmac, columns["phone_hmac"])
                count += 1
            hmacs.write(connection)
            connection.execute(update(data_keys).values(fingerprint=new.fingerprint))
        database.compact()
    finally:
        database.close()
    return count


class _Renamed:
    """What attempts and calls refer to: a few of all the codes and numbers."""

    _WHERE: tuple[tuple[Any, Any], ...] = (
        (attempts, attempts.c.caller_hmac),
        (attempts, attempts.c.code_hmac),
        (calls, calls.c.caller_hmac),
    )

    def __init__(self, connection: Connection) -> None:
        found = {value for _, column in self._WHERE for value in connection.execute(select(column)).scalars()}
        self._new: dict[str, Any] = dict.fromkeys(found - {None}, _NOBODY)

    def rename(self, old: str, new: object) -> None:
        if old in self._new:
            self._new[old] = new

    def write(self, connection: Connection) -> None:
        for table, column in self._WHERE:
            for old, new in self._new.items():
                connection.execute(update(table).where(column == old).values({column.name: new}))
