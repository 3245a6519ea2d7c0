"""Whom to talk to at a client, and at which e-mail address."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = {"contact_name": 80, "contact_email": 120}


def upgrade() -> None:
    for name, chars in COLUMNS.items():
        op.add_column("clients", sa.Column(name, sa.String(chars), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("clients") as table:
        for name in COLUMNS:
            table.drop_column(name)
