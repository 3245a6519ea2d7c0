"""The first tables: regions, clients and contracts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_regions",
        sa.Column("code", sa.String(8), primary_key=True),
        sa.Column("name_en", sa.String(80), nullable=False, unique=True),
        sa.Column("name_ko", sa.String(80), nullable=False, unique=True),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("name_ko", sa.String(80), nullable=False, index=True),
        sa.Column("name_en", sa.String(120), nullable=False, index=True),
        sa.Column("client_type", sa.String(16), nullable=False),
        sa.Column("region_code", sa.String(8), sa.ForeignKey("client_regions.code"), nullable=False),
        sa.Column("grade", sa.String(1), nullable=False),
        sa.Column("owner_id", sa.String(8), nullable=False, index=True),
        sa.Column("owner_name_ko", sa.String(40), nullable=False),
        sa.Column("owner_name_en", sa.String(80), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("phone", sa.String(24), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade_known"),
    )
    op.create_index("ix_clients_region_type", "clients", ["region_code", "client_type"])
    op.create_table(
        "contracts",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("client_id", sa.String(8), sa.ForeignKey("clients.id"), nullable=False, index=True),
        sa.Column("title_ko", sa.String(160), nullable=False),
        sa.Column("title_en", sa.String(160), nullable=False),
        sa.Column("start_date", sa.Date, nullable=False),
        sa.Column("end_date", sa.Date, nullable=False),
        sa.Column("annual_value_krw", sa.BigInteger, nullable=False),
        sa.Column("payment_terms_days", sa.Integer, nullable=False),
        sa.Column("auto_renewal", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.CheckConstraint("end_date > start_date", name="ends_after_start"),
        sa.CheckConstraint("annual_value_krw > 0", name="value_positive"),
    )
    op.create_index("ix_contracts_status_end", "contracts", ["status", "end_date"])


def downgrade() -> None:
    op.drop_table("contracts")
    op.drop_table("clients")
    op.drop_table("client_regions")
