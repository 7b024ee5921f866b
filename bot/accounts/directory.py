"""The AccountDirectory port on an SQL database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from bot.accounts.data_key import DataKey, data_key
from bot.accounts.database import Database
from bot.accounts.outbox import note_errands
from bot.accounts.tables import NOTHING_PENDING, accounts, attempts, calls, check_key, loaded, metadata, stored
from bot.ports import AttemptLimits, CallRecord, ResetRequest, Verdict
from bot.reset.limits import Failures, may_be_tested
from bot.reset.phone import national_form


class SqlAccountDirectory:
    """Accounts, refused attempts and call records behind a URL such as `sqlite:///var/accounts.db`.

    Safe to use from many threads and processes. Its schema comes from `bot.accounts.migrate.migrate`.
    """

    def __init__(self, url: str, *, key: DataKey | None = None, busy_ms: int = 3000, retry_ms: int = 5000) -> None:
        """`key` is the environment's where none is given; `busy_ms` is how long to wait for another writer, `retry_ms`
        for a server that went away."""
        self.database = Database(url, busy_ms=busy_ms, retry_ms=retry_ms)
        self._key = key or data_key()

    def check(self) -> None:
        """Look at every table once, so that a database that cannot serve calls is found before the first one.

        Raises:
            AccountsError: it cannot be opened, lacks the schema, or was written with another key.
        """
        with self.database.read() as connection:
            for table in metadata.sorted_tables:
                connection.execute(select(table).limit(1)).first()
            check_key(connection, self._key)

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        """Every refusal does the same work: forget old attempts, count, look up, write one row."""
        second = request.citizen_id_ending
        if second is not None:
            second = self._key.of_citizen_id(request.code, second)
        request = replace(
            request,
            caller=self._key.of_phone(national_form(request.caller) or request.caller),
            code=self._key.of_code(request.code),
            citizen_id_ending=second,
        )
        owner = select(accounts.c.id, accounts.c.pending_reset_id).where(
            accounts.c.code_hmac == request.code, accounts.c.phone_hmac == request.caller, ~accounts.c.disabled
        )
        if second is not None:
            owner = owner.where(accounts.c.citizen_id_hmac == second)

        def check(connection: Connection) -> Verdict:
            check_key(connection, self._key)
            _forget_old_attempts(connection, request.now, limits)
            tested = _may_be_tested(connection, request, limits)
            counted = _counted(connection, request.reset_id)
            account = connection.execute(owner).one_or_none()
            if counted:
                return Verdict.REFUSED
            if account is not None and (tested or account.pending_reset_id == request.reset_id):
                connection.execute(update(accounts).where(accounts.c.id == account.id).values(_pending(request)))
                return Verdict.MATCHED
            connection.execute(insert(attempts).values(_attempt(request, tested)))
            return Verdict.REFUSED

        return self.database.run(check)

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        active = select(accounts.c.id).where(accounts.c.active_reset_id == reset_id)
        pending = select(accounts.c.id, accounts.c.pending_until).where(accounts.c.pending_reset_id == reset_id)

        def activate(connection: Connection) -> bool:
            if connection.execute(active).first() is not None:
                return True
            account = connection.execute(pending).one_or_none()
            if account is None:
                return False
            if now >= loaded(account.pending_until):
                _discard(connection, reset_id)
                return False
            connection.execute(
                update(accounts)
                .where(accounts.c.id == account.id)
                .values(
                    password_hash=accounts.c.pending_hash,
                    active_reset_id=reset_id,
                    must_change=True,
                    password_expires_at=stored(expires_at),
                    updated_at=stored(now),
                    **NOTHING_PENDING,
                )
            )
            note_errands(connection, account.id, reset_id, now)
            return True

        return self.database.run(activate)

    def discard_reset(self, reset_id: str) -> None:
        self.database.run(lambda connection: _discard(connection, reset_id))

    def record_call(self, record: CallRecord) -> None:
        kept = select(calls.c.call_id).where(calls.c.call_id == record.call_id)
        caller = record.caller and self._key.of_phone(record.caller)

        def keep(connection: Connection) -> None:
            check_key(connection, self._key)
            if connection.execute(kept).first() is None:
                connection.execute(
                    insert(calls).values(
                        call_id=record.call_id,
                        started_at=stored(record.started_at),
                        duration_ms=record.duration_ms,
                        fee_vnd=record.fee_vnd,
                        outcome=record.outcome,
                        turns=record.turns,
                        caller_hmac=caller,
                    )
                )

        self.database.run(keep)

    def close(self) -> None:
        self.database.close()


def _forget_old_attempts(connection: Connection, now: datetime, limits: AttemptLimits) -> None:
    """Those that no longer count; never those of the future, which may be right where this clock is behind."""
    oldest = now - timedelta(seconds=max(limits.window_s, limits.trunk_window_s))
    connection.execute(delete(attempts).where(attempts.c.at <= stored(oldest)))


def _may_be_tested(connection: Connection, request: ResetRequest, limits: AttemptLimits) -> bool:
    since = request.now - timedelta(seconds=limits.window_s)
    trunk_since = request.now - timedelta(seconds=limits.trunk_window_s)
    until = request.now + timedelta(seconds=limits.longest_wait_s)  # what a clock that was ahead noted holds nobody
    return may_be_tested(
        request.now,
        limits,
        caller=_failures(connection, attempts.c.caller_hmac == request.caller, since, until),
        code=_failures(connection, attempts.c.code_hmac == request.code, since, until),
        trunk=_failures(connection, attempts.c.trunk == request.trunk, trunk_since, until),
    )


def _failures(connection: Connection, whose: Any, since: datetime, until: datetime) -> Failures:
    lately = and_(whose, attempts.c.tested, attempts.c.at > stored(since), attempts.c.at <= stored(until))
    count, last = connection.execute(select(func.count(), func.max(attempts.c.at)).where(lately)).one()
    return Failures(count, last and loaded(last))


def _counted(connection: Connection, reset_id: str) -> bool:
    """Whether the request was refused and counted before, and only the answer was lost."""
    return connection.execute(select(attempts.c.id).where(attempts.c.reset_id == reset_id)).first() is not None


def _pending(request: ResetRequest) -> dict[str, object]:
    return {
        "pending_reset_id": request.reset_id,
        "pending_hash": request.password_hash,
        "pending_until": stored(request.pending_until),
        "updated_at": stored(request.now),
    }


def _attempt(request: ResetRequest, tested: bool) -> dict[str, object]:
    return {
        "reset_id": request.reset_id,
        "caller_hmac": request.caller,
        "trunk": request.trunk,
        "code_hmac": request.code,
        "at": stored(request.now),
        "tested": tested,
    }


def _discard(connection: Connection, reset_id: str) -> None:
    connection.execute(update(accounts).where(accounts.c.pending_reset_id == reset_id).values(**NOTHING_PENDING))
