"""Whatever happens in whatever order: one password works, it is one that was heard, and no refusal is uncounted.

A process dies before a transaction, or after it and before it learns the answer; dying inside one is for real
processes and real databases (tests/e2e/test_reset_protocol.py).
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule
from sqlalchemy import func, select

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import attempts
from bot.errors import AccountsBusy
from bot.ports import AccountDirectory, AttemptLimits, Caller, ResetRequest, Verdict
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretGone, SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS, InMemoryDirectory

CODE, PHONE, WRONG = "0123456789", "0912345678", "9999999999"
WINDOW_S, PENDING_S, EXPIRES_H = 120, 90, 24
DAY_S = 86_400


class Dies(Enum):
    """When in a step the process dies."""

    NOT = "not"
    BEFORE = "before the transaction"
    AFTER = "after it, before its answer is known"


CALLS = st.sampled_from(["c1", "c2", "c3"])
DEATHS = st.sampled_from([*[Dies.NOT] * 6, Dies.BEFORE, Dies.AFTER])


class Died(BaseException):
    """The process is no more; `answer` is what it did not live to learn, None when it asked nothing."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer


class Mortal:
    """The directory as a process uses it that is going to die at its next transaction, or not."""

    def __init__(self, directory: AccountDirectory) -> None:
        self._directory = directory
        self.dies = Dies.NOT
        self.refused_at: list[datetime] = []  # when what it refused was asked, of the time that counts
        self.refused = 0  # ever

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        def ask() -> Verdict:
            verdict = self._directory.request_reset(request, limits)
            self.refused_at = [at for at in self.refused_at if at > request.now - timedelta(seconds=WINDOW_S)]
            if verdict is Verdict.REFUSED:
                self.refused_at.append(request.now)
                self.refused += 1
            return verdict

        return self._live(ask)

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        return self._live(lambda: self._directory.activate_reset(reset_id, now=now, expires_at=expires_at))

    def discard_reset(self, reset_id: str) -> None:
        self._live(lambda: self._directory.discard_reset(reset_id))

    def record_call(self, record: Any) -> None:
        raise NotImplementedError

    def _live(self, work: Callable[[], Any]) -> Any:
        dies, self.dies = self.dies, Dies.NOT  # it dies once
        if dies is Dies.BEFORE:
            raise Died
        answer = work()
        if dies is Dies.AFTER:
            raise Died(answer)
        return answer


class PlainHasher:
    def hash(self, password: str) -> str:
        return f"#{password}"

    def verify(self, password_hash: str, password: str) -> bool:
        return password_hash == f"#{password}"


class Resets(RuleBasedStateMachine):
    """Over accounts in memory."""

    unspoken = Bundle("unspoken")
    spoken = Bundle("spoken")

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.hasher = FixedClock(), PlainHasher()
        self.away = False
        self.mortal = Mortal(self.open())
        self.start()
        self.working = "old"
        self.passwords = {"old"}
        self.heard_passwords = {"old"}
        self.issued_at: dict[str, datetime] = {}

    # What a subclass has otherwise.

    def open(self) -> AccountDirectory:
        self.memory = InMemoryDirectory()
        self.memory.add(CODE, PHONE, "#old")
        return self.memory

    def reopen(self) -> None:
        """The accounts outlive the process."""

    def go(self) -> None:
        self.memory.failure = AccountsBusy("Cơ sở dữ liệu đang bận.")

    def come(self) -> None:
        self.memory.failure = None

    def account(self) -> tuple[str, datetime | None]:
        """The hash, and when the password expires."""
        account = self.memory.accounts[CODE]
        return account.password_hash, account.expires_at

    def every_refusal_is_counted(self) -> bool:
        return len(self.memory.refused) == self.mortal.refused

    # What happens.

    def start(self) -> None:
        self.vault = SecretVault(self.clock, ttl_s=60)
        self.service = ResetService(
            self.mortal,
            self.hasher,
            self.vault,
            PasswordPolicy(),
            self.clock,
            limits=replace(LIMITS, window_s=WINDOW_S, trunk_window_s=WINDOW_S),
            tries=2,
            pending_s=PENDING_S,
            expires_h=EXPIRES_H,
        )

    @rule()
    def crash(self) -> None:
        self.reopen()
        self.start()

    @rule(target=unspoken, call=CALLS, code=st.sampled_from([CODE, CODE, CODE, WRONG]), dies=DEATHS)
    def request(self, call: str, code: str, dies: Dies):
        self.mortal.dies = dies
        try:
            result = self.service.request(Caller(call, PHONE), code)
        except AccountsBusy:
            return multiple()
        except Died:
            self.crash()
            return multiple()
        assert (result.secret is not None) == (result.outcome is ResetOutcome.ISSUED)
        if result.secret is None:
            return multiple()
        self.issued_at[result.secret.token] = self.clock.now()
        return result.secret

    @rule(target=unspoken, call=CALLS)
    def again(self, call: str):
        ref = self.service.again(call)
        return multiple() if ref is None else ref

    @rule(target=spoken, ref=consumes(unspoken))
    def speak_one(self, ref):
        return self.speak(ref)

    def speak(self, ref):
        try:
            password = self.vault.resolve(ref).reveal()
        except SecretGone:
            return multiple()
        self.passwords.add(password)
        return ref, password

    @rule(reading=spoken, dies=DEATHS)
    def hear_one(self, reading, dies: Dies) -> None:
        self.hear(reading, dies)

    def hear(self, reading, dies: Dies = Dies.NOT) -> None:
        ref, password = reading
        self.mortal.dies = dies
        try:
            active = self.service.heard(ref)
        except AccountsBusy:
            return
        except Died as died:
            active = bool(died.answer)
            self.crash()
        if active and password not in self.heard_passwords:  # hearing it again does not bring it back
            self.working = password
            self.heard_passwords.add(password)
            self.is_good_for_a_day(ref)

    def is_good_for_a_day(self, ref) -> None:
        expires_at = self.account()[1]
        assert expires_at is not None
        if ref.token in self.issued_at:  # where the clock stepped back after issue, it counts from there
            issued_at = self.issued_at[ref.token]
            assert expires_at == max(issued_at, self.clock.now()) + timedelta(hours=EXPIRES_H)

    @precondition(lambda self: not self.away)
    @rule(target=spoken, call=CALLS)
    def reset_in_one_go(self, call: str):
        self.mortal.dies = Dies.NOT
        ref = self.service.request(Caller(call, PHONE), CODE).secret
        if ref is None:
            return multiple()
        self.issued_at[ref.token] = self.clock.now()
        reading = self.speak(ref)
        self.hear(reading)
        return reading

    @rule(call=CALLS, dies=DEATHS)
    def hang_up(self, call: str, dies: Dies) -> None:
        self.mortal.dies = dies
        try:
            self.service.end(call)
        except AccountsBusy:
            assert self.away
        except Died:
            self.crash()

    @rule(seconds=st.sampled_from([1, 30, 61, PENDING_S + 1, WINDOW_S + 1]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-365 * DAY_S, -DAY_S, -3600, -30, 3600, DAY_S, 365 * DAY_S]))
    def jump(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: not self.away)
    @rule()
    def go_away(self) -> None:
        self.away = True
        self.go()

    @precondition(lambda self: self.away)
    @rule()
    def come_back(self) -> None:
        self.away = False
        self.come()

    @invariant()
    def exactly_one_password_works(self) -> None:
        stored = self.account()[0]
        working = {password for password in self.passwords if self.hasher.verify(stored, password)}
        assert working == {self.working}
        assert self.working in self.heard_passwords

    @invariant()
    def no_attempt_is_uncounted(self) -> None:
        assert self.every_refusal_is_counted()


@cache
def migrated() -> Path:
    """A database with the one account, to be copied."""
    path = Path(tempfile.mkdtemp(prefix="nhanh8-resets-")) / "accounts.db"
    migrate(f"sqlite:///{path}")
    register = AccountRegister(f"sqlite:///{path}")
    register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", password_hash="#old")  # noqa: S106 - nobody's
    register.close()
    return path


class SqliteResets(Resets):
    """Over a real database, which is away while another program writes."""

    def open(self) -> AccountDirectory:
        self.folder = Path(tempfile.mkdtemp(prefix="nhanh8-resets-"))
        self.path = shutil.copy(migrated(), self.folder)
        self.register = AccountRegister(f"sqlite:///{self.path}")
        self.other = sqlite3.connect(self.path, isolation_level=None)
        self.directory = SqlAccountDirectory(f"sqlite:///{self.path}", busy_ms=0)
        return self.directory

    def reopen(self) -> None:
        self.directory.close()
        self.directory = self.mortal._directory = SqlAccountDirectory(f"sqlite:///{self.path}", busy_ms=0)

    def go(self) -> None:
        self.other.execute("BEGIN IMMEDIATE")

    def come(self) -> None:
        self.other.execute("ROLLBACK")

    def account(self) -> tuple[str, datetime | None]:
        account = self.register.find(CODE)
        assert account is not None
        return account.password_hash, account.password_expires_at

    def every_refusal_is_counted(self) -> bool:
        with self.directory.database.read() as connection:
            counted = connection.execute(select(func.count()).select_from(attempts)).scalar_one()
        return bool(counted == len(self.mortal.refused_at))

    def teardown(self) -> None:
        self.other.close()
        self.directory.close()
        self.register.close()
        shutil.rmtree(self.folder)


TestResets = Resets.TestCase
TestResets.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSqliteResets = SqliteResets.TestCase
TestSqliteResets.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
