"""Imports: their history, the currency of money, longer ids, and rules that keep nonsense out."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD_CODE, TRANSACTION_ID, NEW_ID = sa.String(8), sa.String(10), sa.String(32)


def upgrade() -> None:
    _create_imports()
    with op.batch_alter_table("products") as table:
        for name in ("name_en", "name_ko"):
            table.alter_column(
                name, existing_type=sa.String(80), type_=sa.String(160), existing_nullable=False
            )
        table.alter_column("code", existing_type=OLD_CODE, type_=NEW_ID, existing_nullable=False)
        table.add_column(sa.Column("currency", sa.String(3), nullable=False, server_default=sa.text("'KRW'")))
        table.create_check_constraint("products_in_company_currency", "currency = 'KRW'")
        table.create_check_constraint("price_not_negative", "unit_price_krw >= 0")
    with op.batch_alter_table("transactions") as table:
        table.alter_column("id", existing_type=TRANSACTION_ID, type_=NEW_ID, existing_nullable=False)
        for name in ("client_id", "owner_id", "product_code"):
            table.alter_column(name, existing_type=OLD_CODE, type_=NEW_ID, existing_nullable=False)
        table.add_column(sa.Column("currency", sa.String(3), nullable=False, server_default=sa.text("'KRW'")))
        table.create_check_constraint("transactions_in_company_currency", "currency = 'KRW'")
        table.create_check_constraint("quantity_not_zero", "quantity <> 0")
        table.create_check_constraint("unit_price_not_negative", "unit_price_krw >= 0")
        table.create_check_constraint("transaction_kind_known", "kind IN ('sale', 'return')")
        table.create_check_constraint(
            "payment_status_known", "payment_status IN ('paid', 'unpaid', 'overdue')"
        )


def _create_imports() -> None:
    op.create_table(
        "transaction_imports",
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
