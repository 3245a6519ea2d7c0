"""The employee database: people, their sales and targets, attendance, reviews and salaries.

Money is in minor units of the row's currency, which is the company's: whole won. Days are days in the
company's time zone (`narutalk.clock`). A month is stored as its first day.
"""

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from tools.imports.record import Booked, ImportRecord, one_of

ID_CHARS = 32


class EmployeeBase(DeclarativeBase):
    """The metadata of `employees.db`."""


class EmployeeStatus(StrEnum):
    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    LEFT = "left"


class Position(StrEnum):
    """From junior to senior."""

    ASSOCIATE = "associate"
    SENIOR_ASSOCIATE = "senior_associate"
    MANAGER = "manager"
    SENIOR_MANAGER = "senior_manager"
    DIRECTOR = "director"


class Department(EmployeeBase):
    __tablename__ = "departments"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    name_en: Mapped[str] = mapped_column(String(80), unique=True)
    name_ko: Mapped[str] = mapped_column(String(80), unique=True)


class Region(EmployeeBase):
    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    name_en: Mapped[str] = mapped_column(String(80), unique=True)
    name_ko: Mapped[str] = mapped_column(String(80), unique=True)


class Employee(EmployeeBase):
    __tablename__ = "employees"
    __table_args__ = (
        CheckConstraint("left_date IS NULL OR left_date >= hire_date", name="left_after_hired"),
        CheckConstraint("(status = 'left') = (left_date IS NOT NULL)", name="left_has_date"),
        CheckConstraint("manager_id <> id", name="manager_is_another"),
        one_of("position", Position, name="position_known"),
        one_of("status", EmployeeStatus, name="status_known"),
        Index("ix_employees_department_region", "department_code", "region_code"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)  # such as "E0042"
    name_ko: Mapped[str] = mapped_column(String(40), index=True)
    name_en: Mapped[str] = mapped_column(String(80), index=True)
    department_code: Mapped[str] = mapped_column(ForeignKey("departments.code"))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    position: Mapped[Position] = mapped_column(String(24))
    manager_id: Mapped[str | None] = mapped_column(ForeignKey("employees.id"), index=True)
    hire_date: Mapped[datetime.date]
    left_date: Mapped[datetime.date | None]
    status: Mapped[EmployeeStatus] = mapped_column(String(12))
    email: Mapped[str] = mapped_column(String(120), unique=True)

    department: Mapped[Department] = relationship()
    region: Mapped[Region] = relationship()
    manager: Mapped["Employee | None"] = relationship(remote_side=[id])


class MonthlySales(Booked, EmployeeBase):
    """What a person in Sales sold in a month, and was meant to; the sum of their clients' transactions.

    A target of 0 is none.
    """

    __tablename__ = "monthly_sales"
    __table_args__ = (
        CheckConstraint("target_krw >= 0", name="target_not_negative"),
        Booked.check("monthly_sales"),
    )

    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    month: Mapped[datetime.date] = mapped_column(primary_key=True, index=True)
    amount_krw: Mapped[int] = mapped_column(BigInteger)
    target_krw: Mapped[int] = mapped_column(BigInteger)


class Attendance(EmployeeBase):
    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("present_days + leave_days + sick_days = working_days", name="days_add_up"),
        CheckConstraint("late_days <= present_days", name="late_when_present"),
        CheckConstraint(
            "present_days >= 0 AND late_days >= 0 AND leave_days >= 0 AND sick_days >= 0 "
            "AND overtime_hours >= 0 AND working_days <= 31",
            name="days_possible",
        ),
    )

    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    month: Mapped[datetime.date] = mapped_column(primary_key=True, index=True)
    working_days: Mapped[int]
    present_days: Mapped[int]
    late_days: Mapped[int]
    leave_days: Mapped[int]
    sick_days: Mapped[int]
    overtime_hours: Mapped[int]


class Review(EmployeeBase):
    """A half-yearly review; scores run from 1.0 (poor) to 5.0 (outstanding)."""

    __tablename__ = "reviews"
    __table_args__ = (CheckConstraint("score >= 1 AND score <= 5", name="score_range"),)

    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    half: Mapped[str] = mapped_column(String(8), primary_key=True)  # such as "2025-H2"
    score: Mapped[float]
    summary_en: Mapped[str] = mapped_column(String(400))
    summary_ko: Mapped[str] = mapped_column(String(400))


class Salary(Booked, EmployeeBase):
    """The yearly salary from a date on. For the role `hr` only."""

    __tablename__ = "salaries"
    __table_args__ = (CheckConstraint("annual_krw > 0", name="salary_positive"), Booked.check("salaries"))

    employee_id: Mapped[str] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    effective_from: Mapped[datetime.date] = mapped_column(primary_key=True)
    annual_krw: Mapped[int] = mapped_column(BigInteger)


class PublishedReport(EmployeeBase):
    """An analysis as it was when somebody published it for everyone.

    Attributes:
        id: The key of the approved call (`narutalk.idempotency`): the same call publishes nothing twice.
        digest: Of what it says: the same report is published once.
        text: As the person saw it before approving.
        figures: The analysis as JSON.
        reason: The question it was asked for with.
        published_at: In UTC.
    """

    __tablename__ = "published_reports"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    period_start: Mapped[datetime.date]
    period_end: Mapped[datetime.date]
    text: Mapped[str] = mapped_column(Text)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[str] = mapped_column(String(64))
    published_by_id: Mapped[str] = mapped_column(String(64))
    published_by: Mapped[str] = mapped_column(String(160))
    published_at: Mapped[datetime.datetime] = mapped_column(index=True)


class EmployeeImport(ImportRecord, EmployeeBase):
    """What was imported into this database."""

    __tablename__ = "employee_imports"
