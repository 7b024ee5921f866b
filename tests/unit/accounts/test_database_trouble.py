"""A database that is locked, full, read-only, away, foreign or without tables: said so, and nothing is lost."""

import os
import shutil
import sqlite3
import tempfile
import time
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.trouble import translated
from bot.errors import AccountsBusy, AccountsError
from bot.ports import CallRecord, ResetRequest, Verdict
from tests.contract.directories import LIMITS

CODE, PHONE = "0123456789", "0912345678"
OLD, NEW = "old-hash", "new-hash"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
NOBODY = 65534


def wish(reset_id: str = "r1") -> ResetRequest:
    return ResetRequest(
        reset_id=reset_id,
        caller=PHONE,
        trunk="t1",
        code=CODE,
        password_hash=NEW,
        now=NOW,
        pending_until=NOW + timedelta(minutes=5),
    )


def record(call_id: str = "c1", outcome: str = "reset") -> CallRecord:
    return CallRecord(call_id=call_id, started_at=NOW, duration_ms=1, fee_vnd=1000, outcome=outcome, turns=1)


USES = {
    "request": lambda directory: directory.request_reset(wish(), LIMITS),
    "activate": lambda directory: directory.activate_reset("r1", now=NOW, expires_at=NOW + timedelta(days=1)),
    "discard": lambda directory: directory.discard_reset("r1"),
    "record": lambda directory: directory.record_call(record()),
}
every_use = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())


def directory_at(path: Path) -> SqlAccountDirectory:
    return SqlAccountDirectory(f"sqlite:///{path}", busy_ms=50)


def old_hash(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT password_hash FROM accounts").fetchone()[0]


def call_count(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT count(*) FROM calls").fetchone()[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.db"
    migrate(f"sqlite:///{path}")
    AccountRegister(f"sqlite:///{path}").add(code=CODE, phone=PHONE, name="Thí Dụ", password_hash=OLD)
    return path


@every_use
def test_a_locked_database_is_busy_within_its_time(path: Path, use) -> None:
    directory = directory_at(path)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(AccountsBusy, match="Thử lại"):
            use(directory)
        assert time.monotonic() - began < 2
        other.execute("ROLLBACK")
    use(directory)


def test_a_lock_at_hearing_keeps_the_old_password_until_it_is_tried_again(path: Path) -> None:
    directory = directory_at(path)
    directory.request_reset(wish(), LIMITS)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AccountsBusy):
            USES["activate"](directory)
        other.execute("ROLLBACK")
    assert old_hash(path) == OLD
    assert USES["activate"](directory)
    assert old_hash(path) == NEW


def test_reading_waits_for_no_writer(path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE accounts SET must_change = false")
        assert AccountRegister(f"sqlite:///{path}", busy_ms=50).find(CODE)
        other.execute("ROLLBACK")


def test_a_full_database_is_busy_and_loses_nothing(path: Path) -> None:
    directory = directory_at(path)

    def fill_up(connection, record) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(directory.database.engine, "connect", fill_up)
    with pytest.raises(AccountsBusy, match="đầy"):
        directory.record_call(record(outcome="x" * 100_000))
    assert call_count(path) == 0
    assert old_hash(path) == OLD
    assert directory_at(path).request_reset(wish(), LIMITS) is Verdict.MATCHED


@every_use
def test_a_file_that_is_no_database_is_named_so(tmp_path: Path, use) -> None:
    path = tmp_path / "accounts.db"
    path.write_text("mã số,điện thoại\n" * 500, encoding="utf-8")
    with pytest.raises(AccountsError, match="không phải cơ sở dữ liệu") as error:
        use(directory_at(path))
    assert not isinstance(error.value, AccountsBusy)
    with pytest.raises(AccountsError, match="không phải cơ sở dữ liệu"):
        migrate(f"sqlite:///{path}")
    assert path.read_text(encoding="utf-8").startswith("mã số")


@every_use
def test_a_database_without_tables_asks_to_be_migrated(tmp_path: Path, use) -> None:
    with pytest.raises(AccountsError, match="migrate") as error:
        use(directory_at(tmp_path / "new.db"))
    assert not isinstance(error.value, AccountsBusy)


@every_use
def test_a_missing_folder_is_named_so(tmp_path: Path, use) -> None:
    with pytest.raises(AccountsBusy, match="đường dẫn"):
        use(directory_at(tmp_path / "nowhere" / "accounts.db"))


@every_use
def test_a_database_opened_for_reading_only_is_busy(path: Path, use) -> None:
    directory_at(path).request_reset(wish(), LIMITS)
    directory = SqlAccountDirectory(f"sqlite:///file:{path}?mode=ro&uri=true", busy_ms=50)
    with pytest.raises(AccountsBusy, match="chỉ đọc"):
        use(directory)


@pytest.fixture
def read_only_path(path: Path) -> Iterator[Path]:
    """The database in a folder where this process may not write; the superuser becomes nobody to see it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folder is closed to nobody
    copy = folder / "accounts.db"
    shutil.copy(path, copy)
    copy.chmod(0o444)
    folder.chmod(0o555)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield copy
    finally:
        if superuser:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@every_use
def test_a_read_only_folder_is_busy_with_what_to_do(read_only_path: Path, use) -> None:
    with pytest.raises(AccountsBusy, match="quyền"):
        use(directory_at(read_only_path))


def test_a_folder_that_cannot_be_made_is_named_so(read_only_path: Path) -> None:
    with pytest.raises(AccountsError, match="thư mục"):
        migrate(f"sqlite:///{read_only_path.parent}/deeper/accounts.db")


@pytest.mark.parametrize("url", ["", "accounts.db", "mysql://u:p@h/d", "nonsense://x", "sqlite+nonsense:///x"])
def test_an_address_of_no_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(AccountsError, match="Địa chỉ") as error:
        SqlAccountDirectory(url)
    assert "u:p" not in str(error.value)


def test_no_personal_data_in_an_errors_text_or_traceback(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE accounts")
    try:
        directory_at(path).request_reset(wish(), LIMITS)
    except AccountsError as error:
        shown = "".join(traceback.format_exception(error)) + str(error.__context__)
    assert "bot.errors.AccountsError" in shown
    for secret in (CODE, PHONE, NEW):
        assert secret not in shown


class PostgresError(Exception):
    def __init__(self, text: str, pgcode: str | None) -> None:
        super().__init__(text)
        self.pgcode = pgcode


@pytest.mark.parametrize(
    ("text", "state", "kind", "sentence"),
    [
        ("could not connect to server: Connection refused", None, AccountsBusy, "máy chủ"),
        ("server closed the connection unexpectedly", None, AccountsBusy, "máy chủ"),
        ("password authentication failed for user", None, AccountsError, "đăng nhập"),
        ("canceling statement due to lock timeout", "55P03", AccountsBusy, "bận"),
        ("deadlock detected", "40P01", AccountsBusy, "bận"),
        ("could not serialize access", "40001", AccountsBusy, "bận"),
        ("could not extend file: No space left on device", "53100", AccountsBusy, "đầy"),
        ("too many connections", "53300", AccountsBusy, "máy chủ"),
        ("the database system is starting up", "57P03", AccountsBusy, "máy chủ"),
        ("cannot execute UPDATE in a read-only transaction", "25006", AccountsBusy, "chỉ đọc"),
        ('relation "accounts" does not exist', "42P01", AccountsError, "migrate"),
        ('column "code" does not exist', "42703", AccountsError, "migrate"),
        ("syntax error", "42601", AccountsError, "PostgresError 42601"),
    ],
)
def test_postgresqls_errors_mean_the_same(text: str, state: str | None, kind: type, sentence: str) -> None:
    error = translated(OperationalError("SELECT 1", {}, PostgresError(text, state)))
    assert type(error) is kind
    assert sentence in str(error)
