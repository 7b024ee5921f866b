"""có thể hỏi thêm bốn số cuối của căn cước"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("citizen_id_hmac", sa.String(64)))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("citizen_id_hmac")
