"""The protocol of a reset where real processes, servers and disks fail at every point of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, func, select, update

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import NOTHING_PENDING, accounts, attempts, outbox
from bot.ports import Caller, ErrandKind
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS
from tests.e2e.dying_calls import (
    CODE,
    HANG_UP_POINTS,
    MOMENTS,
    NEW,
    OLD,
    PHONE,
    POINTS,
    WRONG,
    Mortals,
    Order,
    Passage,
    WatchedDirectory,
    hasher,
    mortals,
)
from tests.postgresql import PostgresServer

PAGE_BYTES = 4096 + 24  # of SQLite's write-ahead log
FIRST_FULL_BYTES, LAST_FULL_BYTES = 30_000, 130_000
# What works; how many attempts are counted, and errands noted; what works after one more reset.
Found = tuple[list[str], int, int, list[str]]


@pytest.fixture(scope="module")
def program() -> Iterator[Mortals]:
    with mortals() as program:
        yield program


class Agency:
    """The accounts as they are found afterwards."""

    def __init__(self, url: str) -> None:
        self.url = url
        migrate(url)
        self._hasher = hasher()
        self._old = self._hasher.hash(OLD)
        self._directory, self._register = SqlAccountDirectory(url), AccountRegister(url)
        self._register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", password_hash=self._old)

    @property
    def is_a_file(self) -> bool:
        return self.url.startswith("sqlite")

    def reset(self) -> None:
        """As at the beginning."""
        with self._directory.database.write() as connection:
            connection.execute(delete(attempts))
            connection.execute(delete(outbox))
            connection.execute(update(accounts).values(password_hash=self._old, **NOTHING_PENDING))

    def find(self) -> Found:
        works, counted, noted = self.works([OLD, NEW]), self.count(attempts), self.count(outbox)
        return works, counted, noted, self.works([OLD, NEW, self.next_call()])

    def works(self, passwords: list[str]) -> list[str]:
        account = self._register.find(CODE)
        assert account is not None
        return [each for each in passwords if self._hasher.verify(account.password_hash, each)]

    def count(self, table: Table) -> int:
        with self._directory.database.read() as connection:
            count: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
        return count

    def next_call(self) -> str:
        """The password of one more reset, by a bot that was started afterwards."""
        clock = FixedClock()
        vault = SecretVault(clock, ttl_s=60)
        service = ResetService(self._directory, self._hasher, vault, PasswordPolicy(), clock, limits=LIMITS)
        ref = service.request(Caller("next", PHONE, "t1"), CODE).secret
        assert ref is not None
        password = vault.resolve(ref).reveal()
        assert service.heard(ref)
        service.end("next")
        return password

    def close(self) -> None:
        """No connection is open any more; what is asked afterwards opens one."""
        self._directory.close()
        self._register.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def agency(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agency]:
    sqlite = request.param == "sqlite"
    agency = Agency(f"sqlite:///{tmp_path}/accounts.db" if sqlite else request.getfixturevalue("postgresql").url)
    yield agency
    agency.close()


def check(found: dict[str, Found], working: Callable[[str], str], counted: Callable[[str], int]) -> None:
    """At every point exactly one password works, every refusal is counted, errands are noted with a new password only,
    and the next call's password is the one.
    """
    assert {point: tuple(what) for point, (*what, _) in found.items()} == {
        point: ([working(point)], counted(point), len(ErrandKind) * (working(point) == NEW)) for point in found
    }
    for point, (*_, then) in found.items():
        assert len(then) == 1, point
        assert then[0] not in {OLD, NEW}, point


def test_a_process_killed_at_any_point_leaves_one_password_and_every_refusal_counted(
    agency: Agency, program: Mortals
) -> None:
    found: dict[str, Found] = {}
    for point in POINTS if agency.is_a_file else [point for point in POINTS if point.endswith(MOMENTS)]:
        agency.reset()
        life = program.live(Order(agency.url, dies=point))
        assert (life.killed, life.passed[-1]) == (True, point)
        found[point] = agency.find()
    active, refused = POINTS.index("active: committed"), POINTS.index("refusal: committed")
    check(
        found,
        lambda point: NEW if POINTS.index(point) >= active else OLD,
        lambda point: int(POINTS.index(point) >= refused),
    )


def test_a_process_killed_while_a_call_ends_that_heard_nothing_leaves_the_old_password(
    agency: Agency, program: Mortals
) -> None:
    found: dict[str, Found] = {}
    for point in HANG_UP_POINTS:
        agency.reset()
        life = program.live(Order(agency.url, dies=point, hangs_up=True))
        assert (life.killed, life.passed[-1]) == (True, point)
        found[point] = agency.find()
    check(found, lambda _: OLD, lambda _: 0)


def test_a_disk_that_is_full_at_any_point_leaves_one_password_and_what_was_told_is_true(
    program: Mortals, tmp_path: Path
) -> None:
    agency = Agency(f"sqlite:///{tmp_path}/accounts.db")
    outcomes = []
    for most_bytes in range(FIRST_FULL_BYTES, LAST_FULL_BYTES, 2 * PAGE_BYTES):
        agency.reset()
        agency.close()  # empties the write-ahead log: what it may grow to is the disk
        passed = program.live(Order(agency.url, most_bytes=most_bytes)).passed
        works, counted, noted, then = agency.find()
        assert works == ([NEW] if "active: known" in passed else [OLD]), most_bytes
        assert counted == passed.count("told: refused_try_again"), most_bytes
        assert noted == len(ErrandKind) * passed.count("active: committed"), most_bytes
        assert then[0] not in {OLD, NEW}, most_bytes
        outcomes.append((passed[-1], "told: issued" in passed))
    agency.close()
    unavailable = "outcome: unavailable"
    assert {(unavailable, False), (unavailable, True), ("outcome: reset", True)} == set(outcomes)


class Crash(Passage):
    """At a point of the process that passes, the server crashes, and comes back."""

    def __init__(self, server: PostgresServer, point: str) -> None:
        self._server, self._point = server, point
        self.crashed = False

    def passes(self, point: str) -> None:
        if point == self._point and not self.crashed:
            self.crashed = True
            self._server.stop(signal.SIGQUIT)
            self._server.start()


@pytest.mark.parametrize(
    "point",
    [f"{step}: {moment}" for step in ("refusal", "issue", "active") for moment in ("written", "committing")],
)
def test_a_server_that_crashes_in_a_transaction_does_everything_once(postgresql: PostgresServer, point: str) -> None:
    agency, clock = Agency(postgresql.url), FixedClock()
    vault, crash = SecretVault(clock, ttl_s=60), Crash(postgresql, point)
    directory = WatchedDirectory(postgresql.url, crash)
    service = ResetService(directory, hasher(), vault, PasswordPolicy(), clock, limits=LIMITS)
    caller = Caller("c1", PHONE, "t1")
    assert service.request(caller, WRONG).outcome is ResetOutcome.REFUSED_TRY_AGAIN
    ref = service.request(caller, CODE).secret
    assert ref is not None
    new = vault.resolve(ref).reveal()
    assert service.heard(ref)
    service.end("c1")
    directory.close()
    assert crash.crashed
    assert agency.works([OLD, new]) == [new]
    assert (agency.count(attempts), agency.count(outbox)) == (1, len(ErrandKind))
    agency.close()
