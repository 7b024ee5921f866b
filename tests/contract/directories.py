"""The AccountDirectory in memory: the fake of every test that needs accounts, held to the same contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.errors import AccountsError
from bot.ports import AttemptLimits, CallRecord, ResetRequest, Verdict


@dataclass(slots=True)
class _Account:
    phone: str
    password_hash: str
    must_change: bool = False
    expires_at: datetime | None = None
    active_reset: str | None = None
    pending: ResetRequest | None = None


class InMemoryDirectory:
    """Accounts as `{code: phone}`. Set `failure` to an AccountsError, and every call raises it."""

    def __init__(self, accounts: Mapping[str, str] | None = None) -> None:
        self.accounts = {code: _Account(phone, "!") for code, phone in (accounts or {}).items()}
        self.attempts: list[tuple[str, str, datetime]] = []
        self.calls: dict[str, CallRecord] = {}
        self.asked = 0
        self.failure: AccountsError | None = None
        self._lock = Lock()

    def add(self, code: str, phone: str, password_hash: str) -> None:
        self.accounts[code] = _Account(phone, password_hash)

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        with self._lock:
            self._ask()
            since = request.now - timedelta(seconds=limits.window_s)
            self.attempts = [attempt for attempt in self.attempts if attempt[2] > since]
            if sum(caller == request.caller for caller, _, _ in self.attempts) >= limits.per_caller:
                return Verdict.REFUSED
            if sum(code == request.code for _, code, _ in self.attempts) >= limits.per_code:
                return Verdict.REFUSED
            account = self.accounts.get(request.code)
            if account is None or account.phone != request.caller:
                self.attempts.append((request.caller, request.code, request.now))
                return Verdict.REFUSED
            account.pending = request
            return Verdict.MATCHED

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        with self._lock:
            self._ask()
            for account in self.accounts.values():
                if account.active_reset == reset_id:
                    return True
                pending = account.pending
                if pending is not None and pending.reset_id == reset_id:
                    account.pending = None
                    if now >= pending.pending_until:
                        return False
                    account.password_hash, account.active_reset = pending.password_hash, reset_id
                    account.must_change, account.expires_at = True, expires_at
                    return True
            return False

    def discard_reset(self, reset_id: str) -> None:
        with self._lock:
            self._ask()
            for account in self.accounts.values():
                if account.pending is not None and account.pending.reset_id == reset_id:
                    account.pending = None

    def record_call(self, record: CallRecord) -> None:
        with self._lock:
            self._ask()
            self.calls.setdefault(record.call_id, record)

    def _ask(self) -> None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
