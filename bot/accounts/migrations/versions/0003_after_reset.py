"""việc phải làm sau khi cấp lại mật khẩu, tài khoản bị ngừng"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("reset_id", sa.String(64), nullable=False),
        sa.Column("task", sa.String(32), nullable=False),
        sa.Column("reset_at", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("trouble", sa.String(64)),
        sa.Column("done_at", sa.DateTime),
    )
    op.create_index("outbox_by_reset", "outbox", ["reset_id", "task"], unique=True)
    op.create_index("outbox_waiting", "outbox", ["done_at", "due_at"])
    op.add_column("accounts", sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("disabled")
    op.drop_table("outbox")
