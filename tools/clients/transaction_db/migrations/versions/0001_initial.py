"""The first tables: products and transactions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("code", sa.String(8), primary_key=True),
        sa.Column("name_en", sa.String(80), nullable=False, unique=True),
        sa.Column("name_ko", sa.String(80), nullable=False, unique=True),
        sa.Column("category", sa.String(24), nullable=False, index=True),
        sa.Column("unit_price_krw", sa.Integer, nullable=False),
    )
    op.create_table(
        "transactions",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("client_id", sa.String(8), nullable=False),
        sa.Column("client_type", sa.String(16), nullable=False),
        sa.Column("region_code", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.String(8), nullable=False),
        sa.Column("product_code", sa.String(8), sa.ForeignKey("products.code"), nullable=False),
        sa.Column("date", sa.Date, nullable=False, index=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("unit_price_krw", sa.Integer, nullable=False),
        sa.Column("amount_krw", sa.BigInteger, nullable=False),
        sa.Column("payment_status", sa.String(8), nullable=False),
        sa.CheckConstraint("amount_krw = quantity * unit_price_krw", name="amount_adds_up"),
        sa.CheckConstraint("(kind = 'return') = (quantity < 0)", name="returns_are_negative"),
    )
    op.create_index("ix_transactions_client_date", "transactions", ["client_id", "date"])
    op.create_index("ix_transactions_product_date", "transactions", ["product_code", "date"])
    op.create_index("ix_transactions_owner_date", "transactions", ["owner_id", "date"])


def downgrade() -> None:
    op.drop_table("transactions")
    op.drop_table("products")
