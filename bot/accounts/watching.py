"""What an operator may know of the account database: that it failed, and how many attempts it refused; never whose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import event, func, select
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.database import Database
from bot.accounts.tables import attempts, metadata, stored
from bot.accounts.trouble import translated


def count_failures(database: Database, count: Callable[[str], None]) -> None:
    """From now on `count` gets the code (`bot.errors`) of each failure, also of those that are tried again."""

    def failed(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, SQLAlchemyError):
            count(translated(error).code)

    event.listen(database.engine, "handle_error", failed)


def refused_lately(database: Database, now: datetime, *, within_s: int, tested: bool) -> int:
    """How many refused attempts there were: those that were compared with the accounts, or those that a limit held off.

    Raises:
        AccountsError: the database cannot be used.
    """
    since = stored(now - timedelta(seconds=within_s))
    lately = select(func.count()).where(attempts.c.at > since, attempts.c.tested.is_(tested))
    with database.read() as connection:
        return int(connection.execute(lately).scalar_one())


def count_rows(database: Database) -> dict[str, int]:
    """How many rows each table has. Raises AccountsError."""
    with database.read() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in metadata.sorted_tables
        }
