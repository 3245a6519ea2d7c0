"""What people change: notes at contracts, and who changed what, when and why."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contract_notes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("contract_id", sa.String(10), sa.ForeignKey("contracts.id"), nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.String(160), nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("contract_id", "digest", name="uq_contract_notes_text"),
    )
    op.create_table(
        "client_changes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(8), sa.ForeignKey("clients.id"), nullable=False),
        sa.Column("contract_id", sa.String(10), sa.ForeignKey("contracts.id")),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by_id", sa.String(64), nullable=False),
        sa.Column("asked_by", sa.String(160), nullable=False),
        sa.Column("approved_by_id", sa.String(64), nullable=False),
        sa.Column("approved_by", sa.String(160), nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("run_id", sa.String(64)),
        sa.Column("undoes", sa.String(36), sa.ForeignKey("client_changes.id"), unique=True),
        sa.Column("made_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_client_changes_client_made", "client_changes", ["client_id", "made_at"])
    op.create_index("ix_client_changes_approver_made", "client_changes", ["approved_by_id", "made_at"])


def downgrade() -> None:
    op.drop_table("client_changes")
    op.drop_table("contract_notes")
