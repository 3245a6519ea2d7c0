"""An index in the order in which contracts are listed."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEX = "ix_contracts_end_id"


def upgrade() -> None:
    op.create_index(INDEX, "contracts", ["end_date", "id"])


def downgrade() -> None:
    op.drop_index(INDEX, "contracts")
