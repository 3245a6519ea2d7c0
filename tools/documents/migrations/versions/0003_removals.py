"""Which documents were removed by asking an agent for it: each approved call once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "removals",
        sa.Column("key", sa.String(36), primary_key=True),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.String(64), nullable=False),
        sa.Column("approved_by_id", sa.String(64), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("removals")
