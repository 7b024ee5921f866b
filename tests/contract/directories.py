"""The AccountDirectory in memory: the fake of every test that needs accounts, held to the same contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from bot.errors import AccountsError
from bot.ports import AttemptLimits, CallRecord, ErrandKind, ResetRequest, Verdict
from bot.reset.limits import Failures, may_be_tested

LIMITS = AttemptLimits(
    per_caller=5,
    per_caller_wary=2,
    per_code=5,
    per_trunk=20,
    first_wait_s=30,
    longest_wait_s=3600,
    window_s=86_400,
    trunk_window_s=3600,
)
NO_LIMITS = replace(LIMITS, per_caller=10_000, per_code=10_000, per_trunk=10_000)


@dataclass(slots=True)
class _Account:
    phone: str
    password_hash: str
    citizen_id_ending: str | None = None
    must_change: bool = False
    expires_at: datetime | None = None
    active_reset: str | None = None
    disabled: bool = False
    pending: ResetRequest | None = None

    def is_owners(self, request: ResetRequest) -> bool:
        second = request.citizen_id_ending
        return self.phone == request.caller and not self.disabled and second in (None, self.citizen_id_ending)


class InMemoryDirectory:
    """Accounts as `{code: phone}`. Set `failure` to an AccountsError, and every call raises it."""

    def __init__(self, accounts: Mapping[str, str] | None = None) -> None:
        self.accounts = {code: _Account(phone, "!") for code, phone in (accounts or {}).items()}
        self.attempts: list[ResetRequest] = []
        self.refused: set[str] = set()
        self.calls: dict[str, CallRecord] = {}
        self.errands: list[tuple[str, ErrandKind]] = []
        self.asked = 0
        self.failure: AccountsError | None = None
        self._lock = Lock()

    def add(self, code: str, phone: str, password_hash: str, citizen_id_ending: str | None = None) -> None:
        self.accounts[code] = _Account(phone, password_hash, citizen_id_ending)

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        with self._lock:
            self._ask()
            if request.reset_id in self.refused:
                return Verdict.REFUSED
            self._forget_old_attempts(request.now, limits)
            account = self.accounts.get(request.code)
            owned = account if account and account.is_owners(request) else None
            if owned and owned.pending == request:
                return Verdict.MATCHED
            tested = may_be_tested(
                request.now,
                limits,
                caller=self._failures("caller", request, limits.window_s, limits.longest_wait_s),
                code=self._failures("code", request, limits.window_s, limits.longest_wait_s),
                trunk=self._failures("trunk", request, limits.trunk_window_s, limits.longest_wait_s),
            )
            if owned and tested:
                owned.pending = request
                return Verdict.MATCHED
            self.refused.add(request.reset_id)
            if tested:
                self.attempts.append(request)
            return Verdict.REFUSED

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
                    self.errands += [(reset_id, kind) for kind in ErrandKind]
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

    def _failures(self, kind: str, request: ResetRequest, window_s: int, longest_wait_s: int) -> Failures:
        since = request.now - timedelta(seconds=window_s)
        until = request.now + timedelta(seconds=longest_wait_s)
        same = [each.now for each in self.attempts if getattr(each, kind) == getattr(request, kind)]
        times = [at for at in same if since < at <= until]
        return Failures(len(times), max(times, default=None))

    def _forget_old_attempts(self, now: datetime, limits: AttemptLimits) -> None:
        oldest = now - timedelta(seconds=max(limits.window_s, limits.trunk_window_s))
        self.attempts = [each for each in self.attempts if oldest < each.now]

    def _ask(self) -> None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
