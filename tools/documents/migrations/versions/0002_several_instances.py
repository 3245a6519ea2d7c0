"""What several instances need: the catalogue's revision, and who works on a job."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    catalogue = op.create_table(
        "catalogue",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
    )
    op.bulk_insert(catalogue, [{"id": 1, "revision": 0}])
    op.add_column("index_jobs", sa.Column("worker", sa.String(200), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("index_jobs", "worker")
    op.drop_table("catalogue")
