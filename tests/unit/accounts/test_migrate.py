import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.accounts.database import Database
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import metadata
from bot.errors import AccountsError


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
    assert "0001" in said[0]
    assert said[1:] == ["Cơ sở dữ liệu đã ở phiên bản mới nhất."]


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
