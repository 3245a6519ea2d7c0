"""Reports that were published for everyone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_reports",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("period_start", sa.Date, nullable=False),
        sa.Column("period_end", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by_id", sa.String(64), nullable=False),
        sa.Column("published_by_id", sa.String(64), nullable=False),
        sa.Column("published_by", sa.String(160), nullable=False),
        sa.Column("published_at", sa.DateTime, nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("published_reports")
