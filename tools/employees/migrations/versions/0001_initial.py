"""The first tables: departments, regions, employees, monthly sales, attendance, reviews, salaries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("departments", "regions"):
        op.create_table(
            table,
            sa.Column("code", sa.String(8), primary_key=True),
            sa.Column("name_en", sa.String(80), nullable=False, unique=True),
            sa.Column("name_ko", sa.String(80), nullable=False, unique=True),
        )
    _create_employees()
    op.create_table(
        "monthly_sales",
        sa.Column("employee_id", sa.String(8), sa.ForeignKey("employees.id"), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True, index=True),
        sa.Column("amount_krw", sa.BigInteger, nullable=False),
        sa.Column("target_krw", sa.BigInteger, nullable=False),
        sa.CheckConstraint("target_krw > 0", name="target_positive"),
    )
    op.create_table(
        "attendance",
        sa.Column("employee_id", sa.String(8), sa.ForeignKey("employees.id"), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True, index=True),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in (
                "working_days",
                "present_days",
                "late_days",
                "leave_days",
                "sick_days",
                "overtime_hours",
            )
        ),
        sa.CheckConstraint("present_days + leave_days + sick_days = working_days", name="days_add_up"),
        sa.CheckConstraint("late_days <= present_days", name="late_when_present"),
    )
    op.create_table(
        "reviews",
        sa.Column("employee_id", sa.String(8), sa.ForeignKey("employees.id"), primary_key=True),
        sa.Column("half", sa.String(8), primary_key=True),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("summary_en", sa.String(400), nullable=False),
        sa.Column("summary_ko", sa.String(400), nullable=False),
        sa.CheckConstraint("score >= 1 AND score <= 5", name="score_range"),
    )
    op.create_table(
        "salaries",
        sa.Column("employee_id", sa.String(8), sa.ForeignKey("employees.id"), primary_key=True),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("annual_krw", sa.BigInteger, nullable=False),
        sa.CheckConstraint("annual_krw > 0", name="salary_positive"),
    )


def _create_employees() -> None:
    op.create_table(
        "employees",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("name_ko", sa.String(40), nullable=False, index=True),
        sa.Column("name_en", sa.String(80), nullable=False, index=True),
        sa.Column("department_code", sa.String(8), sa.ForeignKey("departments.code"), nullable=False),
        sa.Column("region_code", sa.String(8), sa.ForeignKey("regions.code"), nullable=False),
        sa.Column("position", sa.String(24), nullable=False),
        sa.Column("manager_id", sa.String(8), sa.ForeignKey("employees.id"), index=True),
        sa.Column("hire_date", sa.Date, nullable=False),
        sa.Column("left_date", sa.Date),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("email", sa.String(120), nullable=False, unique=True),
        sa.CheckConstraint("left_date IS NULL OR left_date >= hire_date", name="left_after_hired"),
        sa.CheckConstraint("(status = 'left') = (left_date IS NOT NULL)", name="left_has_date"),
    )
    op.create_index("ix_employees_department_region", "employees", ["department_code", "region_code"])


def downgrade() -> None:
    for table in (
        "salaries",
        "reviews",
        "attendance",
        "monthly_sales",
        "employees",
        "regions",
        "departments",
    ):
        op.drop_table(table)
