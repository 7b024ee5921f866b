"""The accounts' server or disk fails while people call the real bot over AudioSocket in real time: what they are told
is true, one password works, and calls afterwards are served by the same bot.
"""

from __future__ import annotations

import asyncio
import json
import math
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.migrate import migrate
from bot.accounts.passwords import Argon2Hasher
from bot.accounts.register import AccountRegister
from bot.app import account_directory, account_register
from bot.events import Kind
from bot.reset.secret import Secret
from bot.settings import AccountSettings
from tests.e2e.conftest import LoadedBot
from tests.e2e.test_faults import CODE, Caller, Exchange, in_time
from tests.postgresql import PostgresServer

OTHER, WRONG = DEMO_PEOPLE[1], "9999999999"
OLD = "11112222"
GONE_S = 10.0
FILLER_BYTES = 1 << 20
BUSY = "nhanh8_database_errors_total[accounts_busy]"


@dataclass
class Passwords:
    """Those that calls were given; each is another one."""

    issued: list[str] = field(default_factory=list)

    def new(self, _: object) -> Secret:
        self.issued.append(f"{40718263 + len(self.issued)}")
        return Secret(self.issued[-1])


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> Passwords:
    passwords = Passwords()
    monkeypatch.setattr("bot.reset.service.new_password", passwords.new)
    return passwords


@dataclass(frozen=True)
class Line:
    """Where a PBX can reach the loaded bot, with the accounts that the bot has then."""

    loaded: LoadedBot
    folder: Path

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Exchange]:
        exchange = Exchange(self.loaded, self.folder)
        await exchange.start()
        try:
            yield exchange
        finally:
            await exchange.stop()


@pytest.fixture
def line(loaded_bot: LoadedBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    settings = loaded_bot.settings
    telephone = replace(settings.telephone, http_port=0, audiosocket_port=0)
    settings = replace(settings, telephone=telephone, monitor=replace(settings.monitor, port=0))
    monkeypatch.setattr(loaded_bot.bot, "settings", settings)
    return Line(loaded_bot, tmp_path)


async def is_told_that_the_old_one_works(caller: Caller) -> None:
    while (prompt := await caller.prompt()) == "utter_please_wait":
        pass
    assert prompt == "utter_unavailable"


# The server.


@dataclass(frozen=True)
class Agency:
    """A PBX for the loaded bot, whose accounts are in PostgreSQL, reached as the settings say."""

    exchange: Exchange
    server: PostgresServer
    register: AccountRegister  # of the demo people, whose password is the old one
    passwords: Passwords

    def works(self, code: str) -> list[str]:
        """The passwords that do."""
        account = self.register.find(code)
        assert account
        passwords = OLD, *self.passwords.issued
        return [each for each in passwords if Argon2Hasher().verify(account.password_hash, each)]


@pytest_asyncio.fixture
async def agency(
    line: Line, passwords: Passwords, postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Agency]:
    there = replace(line.loaded.settings, accounts=AccountSettings(url=postgresql.url))
    migrate(postgresql.url)
    register, directory = account_register(there), account_directory(there)
    register.seed_demo(Argon2Hasher().hash(OLD))
    monkeypatch.setattr(line.loaded.bot, "directory", directory)
    monkeypatch.setattr(line.loaded.bot.service, "_directory", directory)
    async with line.open() as exchange:
        yield Agency(exchange, postgresql, register, passwords)
    register.close()
    directory.close()


@pytest.mark.parametrize(("goes", "comes"), [("kill", "start"), ("hang", "go_on")], ids=["is killed", "hangs"])
async def test_a_server_that_is_away_for_10_s_costs_the_calls_meanwhile_an_apology_and_no_password(
    agency: Agency, goes: str, comes: str
) -> None:
    """One caller waits for the check; another has been told half a password, and will have heard all of it; the third
    is there when the server comes back.
    """
    exchange, other = agency.exchange, agency.exchange.call_at_yes_no(OTHER.phone, OTHER.code)
    async with exchange.call_at_yes_no() as checked, other as hearing:
        await hearing.press("1")
        assert await hearing.prompt() == "utter_password"
        getattr(agency.server, goes)()
        gone_at = time.monotonic()
        await checked.press("1")
        await checked.until(Kind.DELAY)
        assert await checked.prompt() == "utter_please_wait"
        looking = asyncio.ensure_future(exchange.seen())
        status, text = await exchange.ask("/readyz")
        assert (status, json.loads(text)["database"]) == (503, False)
        await is_told_that_the_old_one_works(checked)
        print(f"a server that {goes}s: check given up after {time.monotonic() - gone_at:.1f} s")
        async with exchange.call_at_yes_no() as later:
            await hearing.until(Kind.TROUBLE, trouble="unavailable")
            print(f"a server that {goes}s: activation given up after {time.monotonic() - gone_at:.1f} s")
            await is_told_that_the_old_one_works(hearing)
            hearing.wire.hang_up()
            assert math.isnan((await looking)["nhanh8_attempts_refused"])
            assert (await exchange.seen())[BUSY] > 0
            await asyncio.sleep(max(0.0, gone_at + GONE_S - time.monotonic()))
            getattr(agency.server, comes)()
            await later.press("1")
            assert (await later.until(Kind.DECIDED)).fields["expect"] == "closing"
        assert (await checked.until(Kind.CALL_ENDED)).fields["outcome"] == "unavailable"
    assert [agency.works(code) for code in (CODE, OTHER.code)] == [[OLD], [OLD]]
    async with in_time():
        while math.isnan((await exchange.seen())["nhanh8_attempts_refused"]):
            await asyncio.sleep(0.1)


async def test_a_call_survives_a_server_that_restarts_during_the_check_and_again_during_the_reading(
    agency: Agency,
) -> None:
    async with agency.exchange.call_at_yes_no() as caller:
        agency.server.kill()
        await caller.press("1")
        await caller.until(Kind.DELAY)
        agency.server.start()
        assert (await caller.until(Kind.DECIDED)).fields["expect"] == "closing"
        assert await caller.prompt() == "utter_password"
        assert agency.works(CODE) == [OLD]
        agency.server.kill()
        agency.server.start()
        await caller.until(Kind.PASSWORD_HEARD)
    assert agency.works(CODE) == agency.passwords.issued
    assert len(agency.passwords.issued) == 1
    assert (await agency.exchange.seen())[BUSY] > 0


# The disk.


@contextmanager
def full_disk(database: Path) -> Iterator[None]:
    """No file of this process grows beyond the database's log, which is the longest and cannot begin anew."""
    with sqlite3.connect(database, isolation_level=None) as reader, sqlite3.connect(database) as writer:
        reader.execute("begin")
        reader.execute("select * from accounts").fetchall()
        writer.execute("create table filler (zeros)")
        writer.execute("insert into filler values (zeroblob(?))", [FILLER_BYTES])
        writer.commit()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{database}-wal").stat().st_size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            reader.execute("rollback")
            writer.execute("drop table filler")


async def test_a_disk_without_room_for_the_database_costs_calls_an_apology_and_no_password_and_no_uncounted_refusal(
    line: Line,
) -> None:
    def kept() -> tuple[list[tuple[str]], int]:
        with sqlite3.connect(line.loaded.database) as database:
            hashes = database.execute("select password_hash from accounts order by id").fetchall()
            return hashes, database.execute("select count(*) from attempts").fetchone()[0]

    hashes, attempts = kept()
    async with line.open() as exchange:
        call = exchange.call_at_yes_no
        async with call() as right, call(OTHER.phone, WRONG) as wrong:
            with full_disk(line.loaded.database):
                for caller in (right, wrong):
                    await caller.press("1")
                for caller in (right, wrong):
                    await is_told_that_the_old_one_works(caller)
                    caller.wire.hang_up()
        assert kept() == (hashes, attempts)
        async with call() as right, call(OTHER.phone, WRONG) as wrong:
            for caller in (right, wrong):
                await caller.press("1")
            assert (await right.until(Kind.DECIDED)).fields["expect"] == "closing"
            assert await wrong.prompt() == "utter_no_match"
            for caller in (right, wrong):
                caller.wire.hang_up()
        assert kept() == (hashes, attempts + 1)
        assert (await exchange.seen())[BUSY] > 0
