"""lượt thử theo trung kế, mỗi yêu cầu đếm một lần"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("trunk", sa.Text, nullable=False, server_default=""))
    op.add_column("attempts", sa.Column("reset_id", sa.String(64)))
    op.create_index("attempts_by_trunk", "attempts", ["trunk", "at"])
    op.create_index("attempts_by_reset", "attempts", ["reset_id"], unique=True)


def downgrade() -> None:
    for index in ("attempts_by_reset", "attempts_by_trunk"):
        op.drop_index(index, "attempts")
    with op.batch_alter_table("attempts") as attempts:
        attempts.drop_column("reset_id")
        attempts.drop_column("trunk")
