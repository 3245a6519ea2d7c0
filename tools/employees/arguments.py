"""The arguments of the employee tools, as a model fills them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from tools.employees.anomalies import AttendanceMeasure
from tools.employees.grouping import GroupBy
from tools.employees.models import EmployeeStatus, Position
from tools.employees.results.people import About
from tools.employees.self_reference import ME


class Measure(StrEnum):
    """What statistics are about."""

    HEADCOUNT = "headcount"
    SALES = "sales"
    ATTENDANCE = "attendance"


class ListOrder(StrEnum):
    """Who comes first in a list."""

    SENIOR = "senior"
    LONGEST = "longest"
    NEWEST = "newest"


def _text(value: object) -> object:
    """Let a year that a model wrote as a number pass for a string."""
    return str(value) if isinstance(value, int) else value


PeriodText = Annotated[str | None, BeforeValidator(_text)]

AGAINST = "Another period to compare with, or year_before: the same days a year earlier."
PERIOD = (
    "Such as 2026-Q3, 2026-10, 2025, 2025-H1, last_month, last_quarter, this_year or "
    "2026-01-01..2026-03-31. Leave out when the question names none: the newest year to date is used."
)
DEPARTMENT = "A department's name in English or Korean, or its code. Only when the question names one."
REGION = "A region's name in English or Korean, or its code. Only when the question names one."
EMPLOYEE = (
    "The person's name as the question writes it, Korean or Latin, or the id, such as E0042; "
    f"`{ME}` for the person who asks."
)


class PersonArgs(BaseModel):
    """One person."""

    employee: str = Field(description=EMPLOYEE, min_length=1, max_length=80)
    department: str | None = Field(default=None, description=f"{DEPARTMENT} Tells people of one name apart.")
    region: str | None = Field(default=None, description=f"{REGION} Tells people of one name apart.")


class FindEmployeeArgs(PersonArgs):
    about: About = Field(
        default=About.PROFILE,
        description="profile: who they are; manager: whom they report to; reports: who reports to them; "
        "contact: their email address.",
    )


class PersonPeriodArgs(PersonArgs):
    period: PeriodText = Field(default=None, description=PERIOD)


class PersonSalesArgs(PersonPeriodArgs):
    against: PeriodText = Field(default=None, description=AGAINST)


class StatisticsArgs(BaseModel):
    measure: Measure | None = Field(
        default=None,
        description="headcount: how many people; sales: amount, target and attainment; attendance: days "
        "present, late, on leave and sick, and overtime. Left out, it is sales for a period, else headcount.",
    )
    group_by: GroupBy | None = Field(
        default=None, description="What to break the figures down by; chosen sensibly when left out."
    )
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    position: Position | None = Field(default=None, description="Only this rank.")
    period: PeriodText = Field(default=None, description=f"{PERIOD} For a headcount, left out means today.")
    against: PeriodText = Field(default=None, description=f"{AGAINST} For sales only.")


class TopPerformersArgs(BaseModel):
    count: int = Field(default=5, ge=1, le=50, description="How many people.")
    by: str = Field(
        default="amount",
        pattern="^(amount|attainment)$",
        description="amount of sales, or attainment of target.",
    )
    lowest: bool = Field(default=False, description="True for the lowest instead of the highest.")
    region: str | None = Field(default=None, description=REGION)
    position: Position | None = Field(default=None, description="Only this rank.")
    period: PeriodText = Field(default=None, description=PERIOD)


class ListEmployeesArgs(BaseModel):
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    position: Position | None = Field(default=None, description="Only this rank.")
    status: EmployeeStatus | None = Field(
        default=None, description="active, on_leave or left; left out means everyone who has not left."
    )
    hired: PeriodText = Field(
        default=None, description="Hired within this period, such as 2025, or 2024..today for since 2024."
    )
    left: PeriodText = Field(default=None, description="Left the company within this period.")
    hired_before: PeriodText = Field(default=None, description="Hired before this period began.")
    order: ListOrder = Field(
        default=ListOrder.SENIOR,
        description="Who comes first: the highest position, the one hired longest ago, or the newest.",
    )
    limit: int = Field(default=10, ge=1, le=50, description="At most this many are listed.")


class DevelopmentArgs(BaseModel):
    employee: str | None = Field(default=None, description=EMPLOYEE, min_length=1, max_length=80)
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    period: PeriodText = Field(
        default=None, description=PERIOD.replace("the newest year to date is used", "all months are used")
    )
    against: PeriodText = Field(
        default=None, description=f"{AGAINST} A period is compared with the year before when left out."
    )


class TurnoverArgs(BaseModel):
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    position: Position | None = Field(default=None, description="Only this rank.")
    group_by: GroupBy | None = Field(default=None, description="What to break the figures down by.")
    period: PeriodText = Field(
        default=None,
        description=PERIOD.replace("the newest year to date is used", "the last 12 months are used"),
    )


class SalaryStatisticsArgs(BaseModel):
    statistic: Literal["mean", "median"] = Field(description="Which one is asked for; both are told.")
    group_by: GroupBy | None = Field(default=None, description="What to break the figures down by.")
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    position: Position | None = Field(default=None, description="Only this rank.")


class AttendanceRankingArgs(BaseModel):
    measure: AttendanceMeasure = Field(
        default=AttendanceMeasure.LATE, description="Days late, sick days or hours of overtime."
    )
    count: int = Field(default=10, ge=1, le=50, description="How many people.")
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    period: PeriodText = Field(default=None, description=PERIOD)


class AnomaliesArgs(BaseModel):
    measure: AttendanceMeasure | None = Field(
        default=None, description="Only days late, sick days or hours of overtime; all of them when left out."
    )
    department: str | None = Field(default=None, description=DEPARTMENT)
    region: str | None = Field(default=None, description=REGION)
    period: PeriodText = Field(default=None, description=PERIOD)
