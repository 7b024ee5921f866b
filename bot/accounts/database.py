"""A connection to the account database: all that differs between SQLite and PostgreSQL is here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.accounts.tables import metadata
from bot.accounts.trouble import lost_server, translated
from bot.errors import AccountsError

T = TypeVar("T")

_RETRY_S: Final = 0.1
_ROWS_AT_ONCE: Final = 1000
_ON_THE_WAY_MS: Final = 1000  # what a server says of its own timeouts arrives before it is given up
_ONE_WRITER_LOCK = 19009068  # a PostgreSQL advisory lock: writers take turns, as they do in SQLite


class Database:
    """Transactions on one database, for many threads. It connects when first used.

    Raises (every transaction):
        AccountsError: the database cannot be used; AccountsBusy when trying again may help.
    """

    def __init__(self, url: str, *, busy_ms: int = 3000, retry_ms: int = 0) -> None:
        """`busy_ms` is how long to wait for another writer, and for a server that says nothing; `retry_ms` for one that
        went away (see `run`).
        """
        self.engine = _engine(url, busy_ms)
        self._retry_s = retry_ms / 1000
        self._lost_at: float | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction of `write`; begun anew, on a new connection, when the server was lost in it.

        The server may have committed and only its answer be lost: `work` has to see what it did the first time.
        A server that is away makes all threads together wait once; afterwards it is tried without patience.
        """
        while True:
            began = time.monotonic()
            try:
                with self._write() as connection:
                    result = work(connection)
                self._lost_at = None
                return result
            except SQLAlchemyError as error:
                if not lost_server(error) or self._is_given_up(began):
                    raise translated(error) from None
            time.sleep(_RETRY_S)

    def _is_given_up(self, lost_at: float) -> bool:
        if self._lost_at is None:
            self._lost_at = lost_at
        return time.monotonic() >= self._lost_at + self._retry_s

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction without any other writer beside it: what it reads stays true until it commits."""
        try:
            with self._write() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translated(error) from None

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_WRITER_LOCK})")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads, and waits for no writer."""
        try:
            with self.engine.connect().execution_options(read_only=True) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise translated(error) from None

    def make_folder(self) -> None:
        """Make the folder that an SQLite file is to lie in.

        Raises:
            AccountsError: it cannot be made.
        """
        path = self.engine.url.database
        if self.engine.dialect.name != "sqlite" or not path or path.startswith("file:"):
            return
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AccountsError(
                f"Không tạo được thư mục {Path(path).parent} cho cơ sở dữ liệu ({error.strerror}). "
                "Chọn thư mục khác hoặc cấp quyền ghi."
            ) from None

    def compact(self) -> None:
        """Write the tables anew, so that nothing of what was replaced in them is left in the database's files.

        Nobody can use them meanwhile.
        """
        if self.engine.dialect.name == "postgresql":
            options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
            statements = ["SET statement_timeout = 0", *(f"VACUUM FULL {table}" for table in metadata.tables)]
        else:
            options = {"outside_transactions": True}
            statements = ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"]
        try:
            with self.engine.connect().execution_options(**options) as connection:
                if connection.dialect.name == "postgresql":
                    connection.connection.dbapi_connection.ping_s = threading.TIMEOUT_MAX
                for statement in statements:
                    connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise translated(error) from None

    def close(self) -> None:
        self.engine.dispose()


def rows_by_id(connection: Connection, table: Any) -> Iterator[Any]:
    """Every row of a table that may be larger than memory, and may be written to meanwhile; its `id` begins at 1."""
    last, page = 0, True
    while page:
        some = select(table).where(table.c.id > last).order_by(table.c.id).limit(_ROWS_AT_ONCE)
        page = connection.execute(some).all()
        yield from page
        last = page[-1].id if page else last


def _engine(url: str, busy_ms: int) -> Engine:
    try:
        dialect = make_url(url).get_backend_name()
        if dialect == "sqlite":
            return _sqlite(url, busy_ms)
        if dialect == "postgresql":
            return _postgresql(url, busy_ms)
    except (ArgumentError, NoSuchModuleError, ImportError):
        pass
    raise AccountsError(
        "Địa chỉ cơ sở dữ liệu không dùng được. Ghi dạng sqlite:///var/accounts.db "
        "hoặc postgresql://người_dùng@máy/tên (cần: pip install 'nhanh8[postgresql]')."
    )


def _sqlite(url: str, busy_ms: int) -> Engine:
    engine = create_engine(
        url,
        future=True,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_timeout=busy_ms / 1000,
        connect_args={"timeout": busy_ms / 1000, "check_same_thread": False},
    )

    def configure(connection: Any, record: object) -> None:
        connection.isolation_level = None  # the driver would begin transactions where it pleases; `begin` does it
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a password that was announced survives a power cut

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("outside_transactions", False):
            connection.exec_driver_sql("BEGIN" if options.get("read_only", False) else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin)
    return engine


def _postgresql(url: str, busy_ms: int) -> Engine:
    from bot.accounts.impatient_connection import ImpatientConnection  # noqa: PLC0415 - an extra

    statement_ms, ping_s = 2 * busy_ms, max(2, busy_ms // 1000)
    return create_engine(
        url,
        future=True,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=busy_ms / 1000,
        connect_args={
            "connection_factory": partial(
                ImpatientConnection, longest_s=(statement_ms + _ON_THE_WAY_MS) / 1000, ping_s=ping_s
            ),
            "connect_timeout": ping_s,
            "tcp_user_timeout": statement_ms,  # of a machine that is gone and does not say so
            # A client that hangs in its transaction loses it, and with it the writers' lock.
            "options": f"-c lock_timeout={busy_ms} -c statement_timeout={statement_ms} "
            f"-c idle_in_transaction_session_timeout={statement_ms}",
        },
    )
