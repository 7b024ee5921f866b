import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.accounts import migrations
from bot.accounts.database import Database
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import metadata
from bot.errors import AccountsError
from bot.ports import ResetRequest, Verdict
from tests.contract.directories import LIMITS
from tests.postgresql import PostgresServer

FIRST_ACCOUNT = (
    "INSERT INTO accounts (code, phone, name, email, password_hash, must_change, created_at, updated_at) VALUES "
    "(:code, :phone, :name, :email, 'kept-hash', false, '2026-03-01 01:30:00.000000', '2026-03-01 01:30:00.000000')"
)


def wish(after_s: int) -> ResetRequest:
    """The owner's own code, so long after half past one."""
    now = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc) + timedelta(seconds=after_s)
    return ResetRequest(
        reset_id=f"r{after_s}",
        caller="0912345678",
        trunk="t1",
        code="0123456789",
        password_hash="hash",  # noqa: S106 - nobody's
        now=now,
        pending_until=now,
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/100%/accounts.db"


def test_the_migrated_schema_is_the_schema_of_the_tables(url: str) -> None:
    migrate(url)
    database = Database(url)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_reports_each_step_and_then_that_there_is_none(url: str) -> None:
    said: list[str] = []
    migrate(url, said.append)
    migrate(url, said.append)
    assert [re.search(r"bước (\d+)", sentence)[1] for sentence in said[:-1]] == ["0001", "0002", "0003", "0004", "0005"]
    assert said[-1] == "Cơ sở dữ liệu đã ở phiên bản mới nhất."


def test_keeps_what_an_existing_database_holds(url: str) -> None:
    migrate(url)
    register = AccountRegister(url)
    register.seed_demo()
    before = register.list_accounts()
    migrate(url)
    assert register.list_accounts() == before


def test_a_database_of_a_newer_program_is_left_alone(url: str, tmp_path: Path) -> None:
    migrate(url)
    with sqlite3.connect(tmp_path / "100%" / "accounts.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(AccountsError, match="phiên bản khác"):
        migrate(url)


def test_two_programs_may_migrate_at_once(url: str) -> None:
    said: list[str] = []
    Database(url).make_folder()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(url, said.append), range(4)))
    assert sum("0001" in sentence for sentence in said) == 1


def test_sqlite_keeps_a_write_ahead_log_foreign_keys_and_full_synchronisation(url: str) -> None:
    migrate(url)
    with Database(url, busy_ms=1234).read() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "secure_delete")
        ]
    assert pragmas == ["wal", 1, 2, 1234, 1]


@pytest.fixture(params=["sqlite", "postgresql"])
def first_url(request: pytest.FixtureRequest, url: str) -> str:
    """A database of the first version of the program."""
    first = url if request.param == "sqlite" else request.getfixturevalue("postgresql").url
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    database = Database(first)
    database.make_folder()
    with database.write() as connection:
        config.attributes.update(connection=connection, on_step=lambda **_: None)
        command.upgrade(config, "0001")
    database.close()
    return first


def test_failures_counted_by_the_first_version_still_count(first_url: str) -> None:
    database = Database(first_url)
    with database.write() as connection:
        for _ in range(LIMITS.per_caller):
            connection.exec_driver_sql(
                "INSERT INTO attempts (caller, code, at, tested) "
                "VALUES ('0912345678', '9999999999', '2026-03-01 01:30:00.000000', true)"
            )
    database.close()
    migrate(first_url)
    AccountRegister(first_url).seed_demo()
    directory = SqlAccountDirectory(first_url)
    verdicts = [directory.request_reset(wish(after_s), LIMITS) for after_s in (29, 30)]
    assert verdicts == [Verdict.REFUSED, Verdict.MATCHED]
    directory.close()


def test_people_of_the_first_version_are_found_and_are_nowhere_in_plain(
    first_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database = Database(first_url)
    with database.write() as connection:
        for person in DEMO_PEOPLE:
            connection.execute(text(FIRST_ACCOUNT), asdict(person))
        connection.exec_driver_sql(
            "INSERT INTO attempts (caller, code, at, tested) "
            "VALUES ('0799999999', '9999999990', '2026-03-01 01:30:00.000000', true)"
        )
    database.close()
    migrate(first_url)
    register = AccountRegister(first_url)
    kept = register.list_accounts()
    register.close()
    assert [(a.person.code, a.person.phone, a.person.name) for a in kept] == [
        (p.code, p.phone, p.name) for p in DEMO_PEOPLE
    ]
    assert {account.password_hash for account in kept} == {"kept-hash"}
    directory = SqlAccountDirectory(first_url)
    assert directory.request_reset(wish(0), LIMITS) is Verdict.MATCHED
    directory.close()
    if first_url.startswith("sqlite"):
        files = list((tmp_path / "100%").iterdir())
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        files = server.table_files()
    content = b"".join(file.read_bytes() for file in files)
    assert b"kept-hash" in content
    plain = [each for p in DEMO_PEOPLE for each in (p.code, p.phone, p.name)] + ["0799999999", "9999999990"]
    assert [each for each in plain if each.encode() in content] == []
