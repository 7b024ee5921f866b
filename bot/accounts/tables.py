"""The tables of the account database. Times are stored in UTC without a zone, in every database.

No column holds a code, a phone number, a name or an address as it is: see `bot.accounts.data_key`.
"""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    select,
)
from sqlalchemy.engine import Connection

from bot.accounts.data_key import DataKey
from bot.errors import AccountsError

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code_hmac", String(64), nullable=False),
    Column("phone_hmac", String(64), nullable=False),
    Column("citizen_id_hmac", String(64)),  # of its last digits; null where they are not known
    Column("sealed", LargeBinary, nullable=False),  # whose account it is
    Column("password_hash", String(255), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("password_expires_at", DateTime),
    Column("active_reset_id", String(64), unique=True),  # the reset that made password_hash
    Column("pending_reset_id", String(64), unique=True),  # the three are set together or not at all
    Column("pending_hash", String(255)),
    Column("pending_until", DateTime),
    Column("disabled", Boolean, nullable=False, server_default=false()),  # no reset
    Column("created_at", DateTime, nullable=False),
    Column("updated_at", DateTime, nullable=False),
    Index("accounts_by_code", "code_hmac", unique=True),
    Index("accounts_by_phone", "phone_hmac"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("caller_hmac", String(64), nullable=False),
    Column("code_hmac", String(64), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("tested", Boolean, nullable=False),  # false during a wait: nothing was learnt from the accounts
    Column("trunk", Text, nullable=False, server_default=""),
    Column("reset_id", String(64)),  # of the request that was refused; null from before requests were told apart
    Index("attempts_by_caller", "caller_hmac", "at"),
    Index("attempts_by_code", "code_hmac", "at"),
    Index("attempts_by_trunk", "trunk", "at"),
    Index("attempts_by_reset", "reset_id", unique=True),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", String(128), primary_key=True),
    Column("started_at", DateTime, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("fee_vnd", Integer, nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("turns", Integer, nullable=False),
    Column("caller_hmac", String(64)),  # null for a withheld number, and for calls from before it was kept
    Index("calls_by_start", "started_at"),
    Index("calls_by_caller", "caller_hmac"),
)

outbox = Table(
    "outbox",  # what has to follow a reset; holds nobody's data
    metadata,
    Column("id", Integer, primary_key=True),  # tells the order
    Column("account_id", Integer, nullable=False),  # may outlive its account
    Column("reset_id", String(64), nullable=False),
    Column("task", String(32), nullable=False),
    Column("reset_at", DateTime, nullable=False),
    Column("due_at", DateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("trouble", String(64)),  # of the last try: an error's code
    Column("done_at", DateTime),
    Index("outbox_by_reset", "reset_id", "task", unique=True),
    Index("outbox_waiting", "done_at", "due_at"),
)

data_keys = Table(
    "data_keys",  # one row: of the key that the others were written with
    metadata,
    Column("fingerprint", String(32), primary_key=True),
)

NOTHING_PENDING = {"pending_reset_id": None, "pending_hash": None, "pending_until": None}


def stored(at: datetime) -> datetime:
    """A time with a zone, as the tables keep it."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(timezone.utc).replace(tzinfo=None)


def loaded(at: datetime) -> datetime:
    """A time from a table, with UTC as its zone."""
    return at.replace(tzinfo=timezone.utc)


def check_key(connection: Connection, key: DataKey) -> None:
    """Have `key` recognised before anything is looked up or written with it.

    Raises:
        AccountsError: the database was written with another one.
    """
    if connection.execute(select(data_keys.c.fingerprint)).scalar_one_or_none() != key.fingerprint:
        raise AccountsError(
            "Khóa dữ liệu không phải khóa của cơ sở dữ liệu này. Đặt lại đúng khóa đã cất khi tạo cơ sở dữ liệu "
            "(accounts.key_file trong config.yml hoặc biến môi trường NHANH8_DATA_KEY)."
        )
