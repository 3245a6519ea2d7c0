"""Imports: their history, the currency of money, longer ids, and rules that keep nonsense out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLD_ID, NEW_ID = sa.String(8), sa.String(32)


def upgrade() -> None:
    _create_imports()
    with op.batch_alter_table("employees") as table:
        table.alter_column("id", existing_type=OLD_ID, type_=NEW_ID, existing_nullable=False)
        table.alter_column("manager_id", existing_type=OLD_ID, type_=NEW_ID, existing_nullable=True)
        table.create_check_constraint("manager_is_another", "manager_id <> id")
        table.create_check_constraint(
            "position_known",
            "position IN ('associate', 'senior_associate', 'manager', 'senior_manager', 'director')",
        )
        table.create_check_constraint("status_known", "status IN ('active', 'on_leave', 'left')")
    _of_employee("monthly_sales", has_money=True)
    _of_employee("attendance")
    _of_employee("reviews")
    _of_employee("salaries", has_money=True)


def _create_imports() -> None:
    op.create_table(
        "employee_imports",
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


def _of_employee(name: str, *, has_money: bool = False) -> None:
    with op.batch_alter_table(name) as table:
        table.alter_column("employee_id", existing_type=OLD_ID, type_=NEW_ID, existing_nullable=False)
        if has_money:
            table.add_column(
                sa.Column("currency", sa.String(3), nullable=False, server_default=sa.text("'KRW'"))
            )
            table.create_check_constraint(f"{name}_in_company_currency", "currency = 'KRW'")
        if name == "monthly_sales":
            table.drop_constraint("target_positive", type_="check")
            table.create_check_constraint("target_not_negative", "target_krw >= 0")
        if name == "attendance":
            table.create_check_constraint(
                "days_possible",
                "present_days >= 0 AND late_days >= 0 AND leave_days >= 0 AND sick_days >= 0 "
                "AND overtime_hours >= 0 AND working_days <= 31",
            )


def downgrade() -> None:
    raise RuntimeError("There is no way back: ids may be longer now than the older tables take.")
