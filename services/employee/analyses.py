"""The analyses of ``POST /analyze`` beyond a subject's figures: trend, attrition with tenure, anomalies."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from narutalk.errors import InvalidInput
from narutalk.events import Citation
from narutalk.identity import Identity
from services.employee.schemas import AnalyzeRequest, InsightType, PeriodInfo, SalesInfo
from services.employee.subjects import find_subject, tool_errors_as_http
from tools.employees.arguments import AnomaliesArgs, TurnoverArgs
from tools.employees.development_work import DevelopmentWork
from tools.employees.grouping import GroupBy
from tools.employees.results.developments import (
    AttendanceAnomalies,
    PersonAnomaly,
    SalesDevelopment,
    StaffTurnover,
)
from tools.employees.store import EmployeeStore
from tools.employees.turnover import Tenure, Turnover
from tools.series import SeriesFigures


class _Insight(BaseModel):
    """What every one of them tells.

    Attributes:
        subject: A person, or a department and region.
        text: A short text in Markdown, in the language asked for.
        citations: The records that it was computed from.
    """

    subject: str
    text: str
    citations: list[Citation]


class TrendResponse(_Insight):
    """Sales by month with attainment, growth, trend and season."""

    analysis_type: Literal[InsightType.TREND] = InsightType.TREND
    period: PeriodInfo
    total: SalesInfo
    figures: SeriesFigures


class AttritionInfo(BaseModel):
    """Comings and goings of a group in a period.

    Attributes:
        average: Half the sum of who worked here at the start and at the end.
        rate_percent: Who left, of the average; null without anybody.
        is_small: Whether the rate comes from so few people that it says little.
    """

    key: str
    name_en: str
    name_ko: str
    at_start: int
    at_end: int
    hired: int
    left: int
    average: float
    rate_percent: float | None
    is_small: bool

    @classmethod
    def of(cls, group: Turnover) -> "AttritionInfo":
        rate = None if group.rate is None else round(100 * group.rate, 2)
        return cls(**group.model_dump(), average=group.average, rate_percent=rate, is_small=group.is_small)


class AttritionResponse(_Insight):
    """Who came and left, in total and by group, and how long those who are here have been."""

    analysis_type: Literal[InsightType.ATTRITION] = InsightType.ATTRITION
    start: date
    end: date
    group_by: GroupBy
    total: AttritionInfo
    groups: list[AttritionInfo]
    tenure: Tenure


class AnomaliesResponse(_Insight):
    """Whose days late or sick, or overtime, stand out among those whose attendance the caller sees.

    Attributes:
        compared: How many people were.
        enough: Whether they are enough to call anything unusual.
    """

    analysis_type: Literal[InsightType.ANOMALIES] = InsightType.ANOMALIES
    period: PeriodInfo
    compared: int
    enough: bool
    found: list[PersonAnomaly] = Field(description="The highest modified z-score first.")


InsightResponse = TrendResponse | AttritionResponse | AnomaliesResponse


def insight(store: EmployeeStore, caller: Identity, asked: AnalyzeRequest) -> InsightResponse:
    """Return the analysis that a request asks for, by the work that the agent's tools do.

    Raises:
        Forbidden: The caller sees nobody's attendance.
        InvalidInput: A name or a period that does not exist.
    """
    subject = find_subject(store, asked.employee_id, asked.department, asked.region)
    work, label = DevelopmentWork(store), subject.label(asked.language)
    with tool_errors_as_http():
        if asked.analysis_type is InsightType.TREND:
            return _trend(work.development_of(subject.person, subject.scope, asked.period), asked, label)
        if subject.person:
            raise InvalidInput(f"`{asked.analysis_type}` is of many people: leave `employee_id` out.")
        named = asked.model_dump(include={"department", "region", "period"})
        if asked.analysis_type is InsightType.ATTRITION:
            wanted = TurnoverArgs(**named, position=asked.position, group_by=asked.group_by)
            return _attrition(work.turnover(caller, wanted), asked, label)
        return _anomalies(work.anomalies(caller, AnomaliesArgs(**named)), asked, label)


def _trend(found: SalesDevelopment, asked: AnalyzeRequest, label: str) -> TrendResponse:
    return TrendResponse(
        subject=label,
        text=found.to_markdown(asked.language),
        citations=found.citations,
        period=PeriodInfo.of(found.used),
        total=SalesInfo.of(found.total),
        figures=found.figures,
    )


def _attrition(found: StaffTurnover, asked: AnalyzeRequest, label: str) -> AttritionResponse:
    return AttritionResponse(
        subject=label,
        text=found.to_markdown(asked.language),
        citations=found.citations,
        start=found.period.start,
        end=found.period.end,
        group_by=found.group_by,
        total=AttritionInfo.of(found.total),
        groups=[AttritionInfo.of(group) for group in found.groups],
        tenure=found.tenure,
    )


def _anomalies(found: AttendanceAnomalies, asked: AnalyzeRequest, label: str) -> AnomaliesResponse:
    return AnomaliesResponse(
        subject=label,
        text=found.to_markdown(asked.language),
        citations=found.citations,
        period=PeriodInfo.of(found.used),
        compared=found.compared,
        enough=found.enough,
        found=found.found,
    )
