"""Analyses of a person, a department, a region or the whole company over a period."""

from enum import StrEnum

from pydantic import BaseModel

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.employees.attendance import add_up as add_up_days
from tools.employees.coverage import UsedPeriod
from tools.employees.grouping import GroupBy
from tools.employees.places import filters_of
from tools.employees.records import (
    AttendanceFigures,
    GroupSales,
    MonthSales,
    Person,
    RankedPerson,
    SalesFigures,
)
from tools.employees.results.counts import attendance_told, withheld
from tools.employees.results.people import called, describe
from tools.employees.results.sales import told
from tools.employees.results.scope import Scope
from tools.employees.sales import RankBy, add_up
from tools.employees.store import EmployeeStore
from tools.employees.wording import krw, month, people, percent

KO = Language.KO
TOP_PEOPLE = 5


class AnalysisType(StrEnum):
    """What to look at; `GENERAL` is a little of everything that the caller may see."""

    GENERAL = "general"
    PERFORMANCE = "performance"
    SALES = "sales"
    ATTENDANCE = "attendance"


class Subject(BaseModel):
    """Whom an analysis is about: a person, or everyone in a scope."""

    person: Person | None = None
    scope: Scope = Scope()

    def label(self, language: Language) -> str:
        """Return the person's name and id, or the scope's name."""
        return called(self.person, language) if self.person else self.scope.label(language)


class SalesAnalysis(BaseModel):
    """Sales of the subject in the period.

    Attributes:
        total: The sum over the period.
        before: The sum over the period of the same length before; None when the data does not cover it.
        months: By month.
        groups: By region, for a scope without one.
        top: The people with the most sales, for a scope.
    """

    total: SalesFigures
    before: SalesFigures | None
    months: list[MonthSales]
    groups: list[GroupSales]
    top: list[RankedPerson]

    @property
    def growth_percent(self) -> float | None:
        """The change against the period before, in percent; None without one."""
        if self.before is None or not self.before.amount_krw:
            return None
        return 100 * (self.total.amount_krw - self.before.amount_krw) / self.before.amount_krw


class Analysis(BaseModel):
    """Figures and a short text; a part that was not asked for, has no data, or is withheld, is None."""

    analysis_type: AnalysisType
    subject: Subject
    used: UsedPeriod
    headcount: int | None = None
    sales: SalesAnalysis | None = None
    attendance: AttendanceFigures | None = None
    attendance_withheld: bool = False
    text: str = ""


def analyse(
    store: EmployeeStore,
    identity: Identity,
    subject: Subject,
    analysis_type: AnalysisType,
    period: str | None,
    language: Language,
) -> Analysis:
    """Return an analysis.

    Args:
        store: The employee database.
        identity: Who asks; a person's attendance is left out of `GENERAL` for those who may not see it.
        subject: Whom it is about.
        analysis_type: What to look at.
        period: As `tools.periods.resolve_period` takes it; None for the newest year to date.
        language: Of the text.

    Raises:
        TellTheModel: The caller may not see what is asked for.
        RetryWithFix: ``period`` is no period.
    """
    wants_attendance = analysis_type in (AnalysisType.GENERAL, AnalysisType.ATTENDANCE)
    used = (
        store.attendance.period(period)
        if analysis_type is AnalysisType.ATTENDANCE
        else store.sales.period(period)
    )
    found = Analysis(analysis_type=analysis_type, subject=subject, used=used)
    if subject.person is None:
        found.headcount = store.headcount.total(filters_of(subject.scope))
    if analysis_type is not AnalysisType.ATTENDANCE:
        found.sales = analyse_sales(store, subject, used)
    if wants_attendance and _may_see_attendance(store, identity, subject, analysis_type):
        found.attendance, found.attendance_withheld = _attendance(store, identity, subject, used)
    found.text = write_text(found, language)
    return found


def analyse_sales(store: EmployeeStore, subject: Subject, used: UsedPeriod) -> SalesAnalysis | None:
    """Return the sales of a subject, or None without any in the period."""
    months = _months(store, subject, used)
    if not months:
        return None
    earlier = used.period.before()
    covered = used.data_start is not None and earlier.start >= used.data_start
    before = _months(store, subject, UsedPeriod(start=earlier.start, end=earlier.end)) if covered else []
    filters = filters_of(subject.scope)
    whole = subject.person is None
    return SalesAnalysis(
        total=add_up(months),
        before=add_up(before) if before else None,
        months=months,
        groups=store.sales.by_group(GroupBy.REGION, filters, used)
        if whole and not subject.scope.region
        else [],
        top=store.sales.ranking(filters, used, by=RankBy.AMOUNT, count=TOP_PEOPLE) if whole else [],
    )


def write_text(found: Analysis, language: Language) -> str:
    """Return an analysis as a few sentences."""
    who, when = found.subject.label(language), found.used.label(language)
    parts = []
    if found.subject.person and found.analysis_type is AnalysisType.GENERAL:
        parts.append(describe(found.subject.person, language))
    elif found.headcount is not None and found.analysis_type is AnalysisType.GENERAL:
        count = people(found.headcount, language)
        parts.append(f"{who} 직원은 {count}입니다." if language is KO else f"{count} in {who}.")
    if found.sales:
        parts += _sales_text(found.sales, who, when, language)
    elif found.analysis_type in (AnalysisType.SALES, AnalysisType.PERFORMANCE):
        parts.append(f"{who}: {found.used.nothing(language, 'sales figures', '매출 자료')}")
    if found.attendance:
        figures = attendance_told(found.attendance, language)
        parts.append(
            f"{who}의 {when} 근태: {figures}."
            if language is KO
            else f"Attendance of {who} in {when}: {figures}."
        )
    elif found.attendance_withheld:
        parts.append(f"{who}: {withheld(language)}")
    elif found.analysis_type is AnalysisType.ATTENDANCE:
        parts.append(f"{who}: {found.used.nothing(language, 'attendance records', '근태 자료')}")
    return " ".join([*parts, *filter(None, [found.used.note(language)])])


def _sales_text(sales: SalesAnalysis, who: str, when: str, language: Language) -> list[str]:
    best = max(sales.months, key=lambda entry: entry.amount_krw)
    figures, amount = told(sales.total, language), krw(best.amount_krw, language)
    korean = language is KO
    parts = [f"{who}의 {when} 매출은 {figures}입니다." if korean else f"Sales of {who} in {when}: {figures}."]
    if sales.growth_percent is not None:
        change = percent(abs(sales.growth_percent))
        up = sales.growth_percent >= 0
        parts.append(
            f"직전 같은 기간보다 {change} {'늘었습니다' if up else '줄었습니다'}."
            if korean
            else f"That is {change} {'more' if up else 'less'} than in the period of the same length before."
        )
    if len(sales.months) > 1:
        parts.append(
            f"가장 좋은 달은 {month(best.month)}({amount})입니다."
            if korean
            else f"The best month was {month(best.month)} with {amount}."
        )
    if sales.top:
        first = sales.top[0]
        name, sold = called(first.person, language), krw(first.amount_krw, language)
        parts.append(f"1위는 {name}({sold})입니다." if korean else f"The top seller was {name} with {sold}.")
    return parts


def _months(store: EmployeeStore, subject: Subject, used: UsedPeriod) -> list[MonthSales]:
    if subject.person:
        return store.sales.by_month(subject.person.id, used)
    return store.sales.months_of(filters_of(subject.scope), used)


def _may_see_attendance(
    store: EmployeeStore, identity: Identity, subject: Subject, analysis_type: AnalysisType
) -> bool:
    """Whether to look it up; who asks for nothing else is rather told why not."""
    if subject.person is None or analysis_type is AnalysisType.ATTENDANCE:
        return True
    return store.attendance.may_see(identity, subject.person.id)


def _attendance(
    store: EmployeeStore, identity: Identity, subject: Subject, used: UsedPeriod
) -> tuple[AttendanceFigures | None, bool]:
    """Return the days, and whether there are some that are withheld."""
    if subject.person:
        months = store.attendance.by_month(identity, subject.person.id, used)
        return (add_up_days(months) if months else None), False
    totals = store.attendance.by_group(identity, GroupBy.TOTAL, filters_of(subject.scope), used)
    if not totals or not totals[0].people or totals[0].withheld:
        return None, bool(totals) and totals[0].withheld
    days = {field: getattr(totals[0], field) for field in AttendanceFigures.model_fields}
    return AttendanceFigures(**days), False
