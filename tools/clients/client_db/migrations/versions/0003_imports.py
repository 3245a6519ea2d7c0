"""Imports: their history, the currency of contracts, longer ids, and rules that keep nonsense out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CLIENT_ID, CONTRACT_ID, NEW_ID = sa.String(8), sa.String(10), sa.String(32)


def upgrade() -> None:
    _create_imports()
    with op.batch_alter_table("clients") as table:
        for name in ("id", "owner_id"):
            table.alter_column(name, existing_type=CLIENT_ID, type_=NEW_ID, existing_nullable=False)
        table.create_check_constraint(
            "client_type_known", "client_type IN ('hospital', 'clinic', 'pharmacy', 'wholesaler')"
        )
        table.create_check_constraint("client_status_known", "status IN ('active', 'inactive')")
    with op.batch_alter_table("contracts") as table:
        table.alter_column("id", existing_type=CONTRACT_ID, type_=NEW_ID, existing_nullable=False)
        table.alter_column("client_id", existing_type=CLIENT_ID, type_=NEW_ID, existing_nullable=False)
        table.add_column(sa.Column("currency", sa.String(3), nullable=False, server_default=sa.text("'KRW'")))
        table.create_check_constraint("contracts_in_company_currency", "currency = 'KRW'")
        table.create_check_constraint("terms_not_negative", "payment_terms_days >= 0")
        table.create_check_constraint(
            "contract_status_known", "status IN ('pending', 'active', 'expired', 'terminated')"
        )
    with op.batch_alter_table("contract_notes") as table:
        table.alter_column("contract_id", existing_type=CONTRACT_ID, type_=NEW_ID, existing_nullable=False)
    with op.batch_alter_table("client_changes") as table:
        table.alter_column("client_id", existing_type=CLIENT_ID, type_=NEW_ID, existing_nullable=False)
        table.alter_column("contract_id", existing_type=CONTRACT_ID, type_=NEW_ID, existing_nullable=True)


def _create_imports() -> None:
    op.create_table(
        "client_imports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("inserted", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("imported_by", sa.String(160), nullable=False),
        sa.Column("imported_at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    raise RuntimeError("There is no way back: ids may be longer now than the older tables take.")
