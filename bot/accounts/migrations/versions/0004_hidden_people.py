"""mã số, số điện thoại, họ tên và thư điện tử được mã hóa"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from bot.accounts.account import Person
from bot.accounts.data_key import DataKey
from bot.accounts.database import rows_by_id
from bot.accounts.sealed_person import columns_of

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    key: DataKey = context.config.attributes["data_key"]
    op.create_table("data_keys", sa.Column("fingerprint", sa.String(32), primary_key=True))
    op.bulk_insert(sa.table("data_keys", sa.column("fingerprint", sa.String)), [{"fingerprint": key.fingerprint}])
    _hide_accounts(key)
    _hide_attempts(key)
    op.add_column("calls", sa.Column("caller_hmac", sa.String(64)))
    op.create_index("calls_by_caller", "calls", ["caller_hmac"])


def downgrade() -> None:
    raise NotImplementedError("what is hidden stays hidden")


def _hide_accounts(key: DataKey) -> None:
    op.add_column("accounts", sa.Column("code_hmac", sa.String(64)))
    op.add_column("accounts", sa.Column("phone_hmac", sa.String(64)))
    op.add_column("accounts", sa.Column("sealed", sa.LargeBinary))
    sealed = sa.column("sealed", sa.LargeBinary)
    names = ("code", "phone", "name", "email")
    table = sa.table("accounts", *map(sa.column, ("id", *names, "code_hmac", "phone_hmac")), sealed)
    for row in _rows(table):
        person = Person(code=row.code, phone=row.phone, name=row.name, email=row.email)
        columns = columns_of(person, key)
        hidden = {name: columns[name] for name in ("code_hmac", "phone_hmac", "sealed")}
        op.execute(table.update().where(table.c.id == row.id).values(hidden))
    with op.batch_alter_table("accounts") as accounts:
        for name in names:
            accounts.drop_column(name)
        accounts.alter_column("code_hmac", existing_type=sa.String(64), nullable=False)
        accounts.alter_column("phone_hmac", existing_type=sa.String(64), nullable=False)
        accounts.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=False)
    op.create_index("accounts_by_code", "accounts", ["code_hmac"], unique=True)
    op.create_index("accounts_by_phone", "accounts", ["phone_hmac"])


def _hide_attempts(key: DataKey) -> None:
    op.add_column("attempts", sa.Column("caller_hmac", sa.String(64)))
    op.add_column("attempts", sa.Column("code_hmac", sa.String(64)))
    table = sa.table("attempts", *map(sa.column, ("id", "caller", "code", "caller_hmac", "code_hmac")))
    for row in _rows(table):
        hidden = {"caller_hmac": key.of_phone(row.caller), "code_hmac": key.of_code(row.code)}
        op.execute(table.update().where(table.c.id == row.id).values(hidden))
    for index in ("attempts_by_caller", "attempts_by_code"):
        op.drop_index(index, "attempts")
    with op.batch_alter_table("attempts") as attempts:
        for name in ("caller", "code"):
            attempts.drop_column(name)
            attempts.alter_column(f"{name}_hmac", existing_type=sa.String(64), nullable=False)
    op.create_index("attempts_by_caller", "attempts", ["caller_hmac", "at"])
    op.create_index("attempts_by_code", "attempts", ["code_hmac", "at"])


def _rows(table: Any) -> Iterator[Any]:
    for row in rows_by_id(op.get_bind(), table):
        context.config.attributes["hidden"] = True  # `migrate` cleans up what was written in plain
        yield row
