"""A real PostgreSQL that crashes, restarts, loses answers or hangs: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, func, select

from bot.accounts.database import Database
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.passwords import Argon2Hasher
from bot.accounts.register import AccountRegister
from bot.accounts.tables import accounts, attempts, calls, metadata
from bot.errors import AccountsBusy
from bot.ports import Caller, CallRecord, ResetRequest, Verdict
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetService
from bot.reset.vault import SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS
from tests.postgresql import PostgresServer
from tests.unit.accounts.cut_wire import Cut, CutWire

CODE, PHONE, OLD, NEW = "0123456789", "0912345678", "old-hash", "new-hash"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
RETRY_MS = 20_000


@pytest.fixture
def server(postgresql: PostgresServer) -> PostgresServer:
    """It holds one account."""
    migrate(postgresql.url)
    register = AccountRegister(postgresql.url)
    register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", password_hash=OLD)
    register.close()
    return postgresql


@pytest.fixture
def down(server: PostgresServer) -> Iterator[PostgresServer]:
    """It is not running."""
    server.stop()
    yield server
    server.start()


@contextmanager
def directory_at(url: str, *, retry_ms: int = RETRY_MS) -> Iterator[SqlAccountDirectory]:
    directory = SqlAccountDirectory(url, retry_ms=retry_ms)
    try:
        yield directory
    finally:
        directory.close()


def wish(code: str = CODE) -> ResetRequest:
    return ResetRequest(
        reset_id="r1",
        caller=PHONE,
        trunk="t1",
        code=code,
        password_hash=NEW,
        now=NOW,
        pending_until=NOW + timedelta(minutes=5),
    )


def activate(directory: SqlAccountDirectory) -> bool:
    return directory.activate_reset("r1", now=NOW, expires_at=NOW + timedelta(days=1))


def record(directory: SqlAccountDirectory) -> None:
    directory.record_call(
        CallRecord(call_id="c1", started_at=NOW, duration_ms=1, fee_vnd=1000, outcome="reset", turns=1)
    )


def kept(server: PostgresServer) -> tuple[str, str | None, int, int]:
    """The account's hash and its pending one, how many attempts failed, and how many calls are recorded."""
    database = Database(server.url)
    with database.read() as connection:
        row = connection.execute(select(accounts.c.password_hash, accounts.c.pending_hash)).one()
        counts = [connection.execute(select(func.count()).select_from(each)).scalar_one() for each in (attempts, calls)]
    database.close()
    return (*row, *counts)


# What is done, its result, and what is kept afterwards; all but the first two begin with a pending reset.
USES: dict[str, tuple[Callable[[SqlAccountDirectory], Any], Any, tuple[str, str | None, int, int]]] = {
    "a failure": (lambda it: it.request_reset(wish("9999999999"), LIMITS), Verdict.REFUSED, (OLD, None, 1, 0)),
    "a match": (lambda it: it.request_reset(wish(), LIMITS), Verdict.MATCHED, (OLD, NEW, 0, 0)),
    "activation": (activate, True, (NEW, None, 0, 0)),
    "discarding": (lambda it: it.discard_reset("r1"), None, (OLD, None, 0, 0)),
    "recording": (record, None, (OLD, NEW, 0, 1)),
}


@pytest.mark.parametrize(
    ("word", "how"),
    [
        pytest.param(b"pg_advisory_xact_lock", Cut.UNANSWERED, id="in the transaction"),
        pytest.param(b"COMMIT", Cut.UNHEARD, id="before the commit"),
        pytest.param(b"COMMIT", Cut.UNANSWERED, id="after the commit"),
    ],
)
@pytest.mark.parametrize("name", USES)
def test_a_connection_that_is_lost_anywhere_does_everything_once(
    server: PostgresServer, name: str, word: bytes, how: Cut
) -> None:
    use, result, afterwards = USES[name]
    if name not in ("a failure", "a match"):
        with directory_at(server.url) as directory:
            directory.request_reset(wish(), LIMITS)
    wire = CutWire(server, word, how)
    with directory_at(wire.url) as directory:
        assert use(directory) == result
    wire.close()
    assert wire.cut.is_set()
    assert kept(server) == afterwards


def test_a_call_waits_for_a_server_that_is_being_started(server: PostgresServer) -> None:
    server.stop()
    wire = CutWire(server)
    starting = threading.Thread(target=lambda: wire.refused.wait() and server.start())
    starting.start()
    with directory_at(wire.url) as directory:
        assert directory.request_reset(wish("9999999999"), LIMITS) is Verdict.REFUSED
    starting.join()
    wire.close()
    assert kept(server) == (OLD, None, 1, 0)


@pytest.mark.parametrize("use", [use for use, *_ in USES.values()], ids=USES)
def test_a_server_that_stays_away_is_busy_and_loses_nothing(down: PostgresServer, use: Callable) -> None:
    with directory_at(down.url, retry_ms=150) as directory, pytest.raises(AccountsBusy, match="máy chủ"):
        use(directory)


def test_an_outage_makes_calls_wait_once(down: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    with monkeypatch.context() as patched, directory_at(down.url, retry_ms=50) as directory:
        patched.setattr("time.sleep", pauses.append)
        for _ in range(2):
            with pytest.raises(AccountsBusy):
                record(directory)
            pauses.append(math.inf)
    assert pauses.index(math.inf) > 0
    assert pauses[-2:] == [math.inf, math.inf]


def test_a_reset_survives_crashes_of_the_server_in_mid_call(server: PostgresServer) -> None:
    hasher, clock = Argon2Hasher(memory_kib=64, iterations=1), FixedClock()
    vault = SecretVault(clock, ttl_s=60)
    register = AccountRegister(server.url)

    def crash() -> None:
        server.stop(signal.SIGQUIT)
        server.start()

    def works(password: str) -> bool:
        account = register.find(CODE)
        assert account is not None
        return hasher.verify(account.password_hash, password)

    with directory_at(server.url) as directory:
        service = ResetService(directory, hasher, vault, PasswordPolicy(), clock, limits=LIMITS)
        ref = service.request(Caller("c1", PHONE), CODE).secret
        assert ref is not None
        new = vault.resolve(ref).reveal()
        crash()
        assert not works(new)
        assert service.heard(ref)
        crash()
        assert works(new)
        service.end("c1")
    register.close()
    assert kept(server)[1:] == (None, 0, 0)


@pytest.fixture
def hanging(server: PostgresServer) -> Iterator[PostgresServer]:
    """It hangs when it is told to; in the end it goes on."""
    yield server
    server.go_on()


def test_a_server_that_hangs_is_busy_on_tcp_and_without_it(hanging: PostgresServer) -> None:
    directories = [SqlAccountDirectory(url, busy_ms=100, retry_ms=0) for url in (hanging.url, hanging.socket_url)]
    hanging.hang()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(record, directory) for directory in directories]
        assert [type(each.exception()) for each in waiting] == [AccountsBusy] * 2
    hanging.go_on()
    for directory in directories:
        record(directory)
        directory.close()
    assert kept(hanging) == (OLD, None, 0, 1)


def test_a_server_that_hangs_in_a_transaction_is_busy_and_keeps_nothing_of_it(hanging: PostgresServer) -> None:
    directory = SqlAccountDirectory(hanging.socket_url, busy_ms=100, retry_ms=0)
    directory.check()
    event.listen(directory.database.engine, "after_cursor_execute", lambda *_: hanging.hang())
    with pytest.raises(AccountsBusy, match="máy chủ"):
        directory.request_reset(wish(), LIMITS)
    hanging.go_on()
    directory.close()
    assert kept(hanging) == (OLD, None, 0, 0)


def test_a_client_that_hangs_in_its_transaction_loses_it_and_lets_others_write(server: PostgresServer) -> None:
    hanging = Database(server.url, busy_ms=100)

    def hang() -> None:
        with hanging.write() as connection, directory_at(server.url) as directory:
            connection.execute(accounts.delete())
            assert directory.request_reset(wish(), LIMITS) is Verdict.MATCHED

    with pytest.raises(AccountsBusy):
        hang()
    hanging.close()
    assert kept(server) == (OLD, NEW, 0, 0)


def test_another_writer_makes_a_call_busy_within_its_time(server: PostgresServer) -> None:
    other, impatient = Database(server.url), SqlAccountDirectory(server.url, busy_ms=100)
    with other.write(), pytest.raises(AccountsBusy, match="bận"):
        record(impatient)
    other.close()
    impatient.close()


def test_the_migrated_schema_is_the_schema_of_the_tables(server: PostgresServer) -> None:
    database = Database(server.url)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()
