"""Bodies of the employee service's REST routes."""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from narutalk.languages import Language
from services.employee.queries import PERIOD_TEXT
from services.paging import Paged
from tools.employees.analysis import Analysis, AnalysisType, SalesAnalysis
from tools.employees.coverage import UsedPeriod
from tools.employees.grouping import GroupBy
from tools.employees.models import Position
from tools.employees.publications import Publication
from tools.employees.records import (
    AttendanceFigures,
    GroupAttendance,
    GroupCount,
    GroupSales,
    MonthSales,
    Person,
    SalesFigures,
)

MAX_LIMIT = 100


class PeriodInfo(BaseModel):
    """The period that figures are for, and what the data covers."""

    start: date
    end: date
    assumed: bool
    data_start: date | None
    data_end: date | None

    @classmethod
    def of(cls, used: UsedPeriod) -> "PeriodInfo":
        return cls(**used.model_dump())


class EmployeePage(Paged):
    """Employees, by id unless another order was asked for."""

    employees: list[Person]


class EmployeeDetail(Person):
    """An employee with those who report to them directly."""

    reports: list[Person]


class SalesInfo(BaseModel):
    amount_krw: int
    target_krw: int
    attainment_percent: float | None

    @classmethod
    def of(cls, figures: SalesFigures) -> "SalesInfo":
        attained = figures.attainment_percent
        return cls(
            amount_krw=figures.amount_krw,
            target_krw=figures.target_krw,
            attainment_percent=None if attained is None else round(attained, 2),
        )


class MonthInfo(SalesInfo):
    month: date

    @classmethod
    def of_month(cls, entry: MonthSales) -> "MonthInfo":
        return cls(month=entry.month, **SalesInfo.of(entry).model_dump())


class AttendanceInfo(AttendanceFigures):
    """Days and hours; the share of days present in percent."""

    presence_rate_percent: float | None = None

    @classmethod
    def of(cls, figures: AttendanceFigures) -> "AttendanceInfo":
        days = {name: getattr(figures, name) for name in AttendanceFigures.model_fields}
        rate = figures.presence_percent
        return cls(**days, presence_rate_percent=None if rate is None else round(rate, 2))


class GroupStats(BaseModel):
    """The figures of one department, region or position.

    Attributes:
        attendance_withheld: Whether there is attendance that would tell about single persons.
    """

    key: str
    name_en: str
    name_ko: str
    headcount: int
    sales: SalesInfo | None = None
    attendance: AttendanceInfo | None = None
    attendance_withheld: bool = False


class StatsResponse(BaseModel):
    """Headcount of today, sales and attendance of the period: in total and by group."""

    group_by: GroupBy
    period: PeriodInfo
    total: GroupStats
    groups: list[GroupStats]

    @classmethod
    def of(
        cls,
        by: GroupBy,
        used: UsedPeriod,
        counts: list[GroupCount],
        sales: list[GroupSales],
        attendance: list[GroupAttendance],
        total: GroupStats,
    ) -> "StatsResponse":
        sales_of = {group.key: group for group in sales if group.people}
        days_of = {group.key: group for group in attendance if group.people}
        named: dict[str, GroupCount | GroupSales | GroupAttendance] = {**sales_of, **days_of}
        named |= {group.key: group for group in counts}
        heads = {group.key: group.people for group in counts}
        groups = [
            group_stats(named[key], heads.get(key, 0), sales_of.get(key), days_of.get(key))
            for key in sorted(named)
        ]
        return cls(group_by=by, period=PeriodInfo.of(used), total=total, groups=groups)


def group_stats(
    names: GroupCount | GroupSales | GroupAttendance,
    headcount: int,
    sales: GroupSales | None,
    attendance: GroupAttendance | None,
) -> GroupStats:
    """Return one group's figures; parts without data are None."""
    return GroupStats(
        key=names.key,
        name_en=names.name_en,
        name_ko=names.name_ko,
        headcount=headcount,
        sales=SalesInfo.of(sales) if sales and sales.people else None,
        attendance=(
            AttendanceInfo.of(attendance)
            if attendance and attendance.people and not attendance.withheld
            else None
        ),
        attendance_withheld=attendance is not None and attendance.withheld,
    )


class SubjectRequest(BaseModel):
    """Whom it is about: a person, or everyone in a department and region; the whole company when empty."""

    employee_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,8}$", examples=["E0042"])
    department: str | None = Field(default=None, min_length=1, max_length=80, examples=["Sales"])
    region: str | None = Field(default=None, min_length=1, max_length=80, examples=["Busan"])
    period: str | None = Field(
        default=None, min_length=1, max_length=40, description=PERIOD_TEXT, examples=["2026-Q3"]
    )
    language: Language = Language.EN

    @model_validator(mode="after")
    def _one_subject(self) -> "SubjectRequest":
        if self.employee_id and (self.department or self.region):
            raise ValueError("give employee_id, or department and region, not both")
        return self


class InsightType(StrEnum):
    """Analyses that are not of one subject's figures."""

    TREND = "trend"
    ATTRITION = "attrition"
    ANOMALIES = "anomalies"


class AnalyzeRequest(SubjectRequest):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "department": "Sales",
                    "region": "Busan",
                    "analysis_type": "performance",
                    "period": "2026-Q3",
                },
                {"employee_id": "E0042", "analysis_type": "sales", "period": "2026", "language": "ko"},
                {"department": "Sales", "analysis_type": "attrition", "group_by": "region"},
                {"analysis_type": "anomalies", "period": "2026-Q3"},
            ]
        },
    )

    analysis_type: AnalysisType | InsightType = Field(
        AnalysisType.GENERAL,
        description="A subject's figures (`general`, `performance`, `sales`, `attendance`), its sales over "
        "time (`trend`), who came and left, and tenure (`attrition`), or whose attendance stands out "
        "(`anomalies`).",
    )
    position: Position | None = Field(None, description="Of `attrition`: only this rank.")
    group_by: GroupBy | None = Field(None, description="Of `attrition`: what it is broken down by.")

    @model_validator(mode="after")
    def _only_of_attrition(self) -> "AnalyzeRequest":
        if self.analysis_type is not InsightType.ATTRITION and (self.position or self.group_by):
            raise ValueError("position and group_by belong to attrition")
        return self


class RankedInfo(SalesInfo):
    rank: int
    employee_id: str
    name_en: str
    name_ko: str


class NamedSales(SalesInfo):
    key: str
    name_en: str
    name_ko: str


class SalesAnalysisInfo(SalesInfo):
    """Sales of the period, beside the same number of months before."""

    before: SalesInfo | None
    growth_percent: float | None
    months: list[MonthInfo]
    regions: list[NamedSales]
    top: list[RankedInfo]

    @classmethod
    def of_sales(cls, sales: SalesAnalysis) -> "SalesAnalysisInfo":
        growth = sales.growth_percent
        return cls(
            **SalesInfo.of(sales.total).model_dump(),
            before=SalesInfo.of(sales.before) if sales.before else None,
            growth_percent=None if growth is None else round(growth, 2),
            months=[MonthInfo.of_month(entry) for entry in sales.months],
            regions=[
                NamedSales(key=group.key, name_en=group.name_en, name_ko=group.name_ko, **_sales(group))
                for group in sales.groups
            ],
            top=[
                RankedInfo(
                    rank=entry.rank,
                    employee_id=entry.person.id,
                    name_en=entry.person.name_en,
                    name_ko=entry.person.name_ko,
                    **_sales(entry),
                )
                for entry in sales.top
            ],
        )


class AnalyzeResponse(BaseModel):
    """Figures, and a short text in the language asked for; parts without data are null."""

    analysis_type: AnalysisType
    subject: str
    period: PeriodInfo
    headcount: int | None
    sales: SalesAnalysisInfo | None
    attendance: AttendanceInfo | None
    attendance_withheld: bool
    text: str

    @classmethod
    def of(cls, found: Analysis, language: Language) -> "AnalyzeResponse":
        return cls(
            analysis_type=found.analysis_type,
            subject=found.subject.label(language),
            period=PeriodInfo.of(found.used),
            headcount=found.headcount,
            attendance_withheld=found.attendance_withheld,
            sales=SalesAnalysisInfo.of_sales(found.sales) if found.sales else None,
            attendance=AttendanceInfo.of(found.attendance) if found.attendance else None,
            text=found.text,
        )


class PublishedReportPage(Paged):
    """Reports that were published for everyone, the newest first unless another order was asked for."""

    reports: list[Publication]


def next_offset(offset: int, shown: int, total: int) -> int | None:
    """Return where the next page begins, or None when this is the last."""
    return offset + shown if shown and offset + shown < total else None


def _sales(figures: SalesFigures) -> dict[str, Any]:
    return SalesInfo.of(figures).model_dump()
