"""The tables of the account database. Times are stored in UTC without a zone, in every database."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("phone", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(254)),
    Column("password_hash", String(255), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("password_expires_at", DateTime),
    Column("active_reset_id", String(64), unique=True),  # the reset that made password_hash
    Column("pending_reset_id", String(64), unique=True),  # the three are set together or not at all
    Column("pending_hash", String(255)),
    Column("pending_until", DateTime),
    Column("created_at", DateTime, nullable=False),
    Column("updated_at", DateTime, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("caller", String(32), nullable=False),
    Column("code", String(32), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("tested", Boolean, nullable=False),  # false during a wait: nothing was learnt from the accounts
    Column("trunk", Text, nullable=False, server_default=""),
    Column("reset_id", String(64)),  # of the request that was refused; null from before requests were told apart
    Index("attempts_by_caller", "caller", "at"),
    Index("attempts_by_code", "code", "at"),
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
    Index("calls_by_start", "started_at"),
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
