"""tài khoản, lượt thử và cuộc gọi"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("phone", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("password_expires_at", sa.DateTime),
        sa.Column("active_reset_id", sa.String(64), unique=True),
        sa.Column("pending_reset_id", sa.String(64), unique=True),
        sa.Column("pending_hash", sa.String(255)),
        sa.Column("pending_until", sa.DateTime),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("caller", sa.String(32), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("tested", sa.Boolean, nullable=False),
    )
    op.create_index("attempts_by_caller", "attempts", ["caller", "at"])
    op.create_index("attempts_by_code", "attempts", ["code", "at"])
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(128), primary_key=True),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("fee_vnd", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
    )
    op.create_index("calls_by_start", "calls", ["started_at"])


def downgrade() -> None:
    for table in ("calls", "attempts", "accounts"):
        op.drop_table(table)
