"""The AccountDirectory port on an SQL database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from bot.accounts.database import Database
from bot.accounts.tables import NOTHING_PENDING, accounts, attempts, calls, loaded, metadata, stored
from bot.ports import AttemptLimits, CallRecord, ResetRequest, Verdict
from bot.reset.phone import national_form


class SqlAccountDirectory:
    """Accounts, refused attempts and call records behind a URL such as `sqlite:///var/accounts.db`.

    Safe to use from many threads and processes. Its schema comes from `bot.accounts.migrate.migrate`.
    """

    def __init__(self, url: str, *, busy_ms: int = 3000) -> None:
        self.database = Database(url, busy_ms=busy_ms)

    def check(self) -> None:
        """Look at every table once, so that a database that cannot serve calls is found before the first one.

        Raises:
            AccountsError: it cannot be opened, or lacks the schema.
        """
        with self.database.read() as connection:
            for table in metadata.sorted_tables:
                connection.execute(select(table).limit(1)).first()

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        """Every path does the same work: forget old attempts, count, look up, write one row."""
        caller = national_form(request.caller) or request.caller
        since = stored(request.now - timedelta(seconds=limits.window_s))
        owner = select(accounts.c.id).where(accounts.c.code == request.code, accounts.c.phone == caller)
        with self.database.write() as connection:
            connection.execute(delete(attempts).where(attempts.c.at <= since))
            by_caller = _tested(connection, attempts.c.caller == caller)
            by_code = _tested(connection, attempts.c.code == request.code)
            account_id: int | None = connection.execute(owner).scalar_one_or_none()
            within_limits = by_caller < limits.per_caller and by_code < limits.per_code
            if within_limits and account_id is not None:
                connection.execute(
                    update(accounts)
                    .where(accounts.c.id == account_id)
                    .values(
                        pending_reset_id=request.reset_id,
                        pending_hash=request.password_hash,
                        pending_until=stored(request.pending_until),
                        updated_at=stored(request.now),
                    )
                )
                return Verdict.MATCHED
            row = {"caller": caller, "code": request.code, "at": stored(request.now), "tested": within_limits}
            connection.execute(insert(attempts).values(row))
            return Verdict.REFUSED

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        active = select(accounts.c.id).where(accounts.c.active_reset_id == reset_id)
        pending = select(accounts.c.pending_until).where(accounts.c.pending_reset_id == reset_id)
        with self.database.write() as connection:
            if connection.execute(active).first() is not None:
                return True
            until: datetime | None = connection.execute(pending).scalar_one_or_none()
            if until is None:
                return False
            if now >= loaded(until):
                _forget(connection, reset_id)
                return False
            connection.execute(
                update(accounts)
                .where(accounts.c.pending_reset_id == reset_id)
                .values(
                    password_hash=accounts.c.pending_hash,
                    active_reset_id=reset_id,
                    must_change=True,
                    password_expires_at=stored(expires_at),
                    updated_at=stored(now),
                    **NOTHING_PENDING,
                )
            )
            return True

    def discard_reset(self, reset_id: str) -> None:
        with self.database.write() as connection:
            _forget(connection, reset_id)

    def record_call(self, record: CallRecord) -> None:
        kept = select(calls.c.call_id).where(calls.c.call_id == record.call_id)
        with self.database.write() as connection:
            if connection.execute(kept).first() is None:
                connection.execute(
                    insert(calls).values(
                        call_id=record.call_id,
                        started_at=stored(record.started_at),
                        duration_ms=record.duration_ms,
                        fee_vnd=record.fee_vnd,
                        outcome=record.outcome,
                        turns=record.turns,
                    )
                )

    def close(self) -> None:
        self.database.close()


def _tested(connection: Connection, whose: object) -> int:
    count = select(func.count()).select_from(attempts).where(and_(attempts.c.tested, whose))
    tested: int = connection.execute(count).scalar_one()
    return tested


def _forget(connection: Connection, reset_id: str) -> None:
    connection.execute(update(accounts).where(accounts.c.pending_reset_id == reset_id).values(**NOTHING_PENDING))
