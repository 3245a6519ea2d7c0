"""Who came, who left, and how long people have been here."""

from tools.employees.arguments import TurnoverArgs
from tools.employees.coverage import UsedPeriod
from tools.employees.development_work import DEFAULT_PERIOD, DevelopmentWork
from tools.employees.grouping import GroupBy
from tools.employees.reports.requests import Request
from tools.employees.results.developments import StaffTurnover
from tools.employees.results.sales import GROUP_HEADINGS
from tools.employees.turnover import MIN_STAFF
from tools.periods import resolve_period
from tools.reports.content import Cell, Chart, Column, Figure, Kind, Section, Table
from tools.reports.drafting import with_queries

SMALL = "*"


def used_period(request: Request) -> UsedPeriod:
    """Return the period of the figures, which does not reach beyond today."""
    today = request.store.clock()
    period = resolve_period(request.period or DEFAULT_PERIOD, today)
    return UsedPeriod(start=period.start, end=min(period.end, max(today, period.start)))


def sections(request: Request) -> list[Section]:
    """Return the parts of a report on comings and goings."""
    scope = request.subject.scope
    by = [GroupBy.DEPARTMENT] if scope.department is None else []
    by += [GroupBy.REGION] if scope.region is None else []
    by.append(GroupBy.POSITION)
    return [with_queries(lambda: _overview(request, by))]


def _overview(request: Request, by: list[GroupBy]) -> Section:
    found = {group: _turnover(request, group) for group in by}
    whole = found[by[0]]
    total, tenure = whole.total, whole.tenure
    small = total.is_small or any(group.is_small for each in found.values() for group in each.groups)
    return Section(
        title=request.say("Attrition and tenure", "퇴사율과 근속"),
        figures=(
            Figure(request.say("Attrition", "퇴사율"), total.rate, Kind.SHARE),
            Figure(request.say("Left", "퇴사"), total.left, Kind.COUNT),
            Figure(request.say("Hired", "입사"), total.hired, Kind.COUNT),
            Figure(request.say("People on average", "평균 인원"), total.average, Kind.NUMBER),
            Figure(request.say("Mean tenure (years)", "평균 근속(년)"), tenure.mean_years, Kind.NUMBER),
            Figure(request.say("Median tenure (years)", "근속 중앙값(년)"), tenure.median_years, Kind.NUMBER),
        ),
        tables=tuple(_table(request, group, found[group]) for group in by),
        notes=(
            request.say(
                f"{SMALL} Fewer than {MIN_STAFF} people on average: these rates say little.",
                f"{SMALL} 평균 인원이 {MIN_STAFF}명 미만이라 비율은 참고만 하세요.",
            ),
        )
        if small
        else (),
        method=request.say(
            "Attrition is the number of people who left over the average headcount, half the sum of the "
            "headcounts at the start and the end of the period. Tenure is of those who work here on its "
            "last day.",
            "퇴사율은 퇴사 인원을 평균 인원(기초와 기말 인원 합의 절반)으로 나눈 값이고, 근속은 마지막 날 "
            "재직자 기준입니다.",
        ),
    )


def _turnover(request: Request, by: GroupBy) -> StaffTurnover:
    scope = request.subject.scope
    args = TurnoverArgs(
        department=scope.department.code if scope.department else None,
        region=scope.region.code if scope.region else None,
        group_by=by,
        period=request.period,
    )
    return DevelopmentWork(request.store).turnover(request.identity, args)


def _table(request: Request, by: GroupBy, found: StaffTurnover) -> Table:
    heading = request.say(*GROUP_HEADINGS[by])
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            request.say(group.name_en, group.name_ko) + (f" {SMALL}" if group.is_small else ""),
            group.rate,
            group.left,
            group.hired,
            group.at_start,
            group.at_end,
        )
        for group in found.groups
    )
    columns = (
        Column(heading),
        Column(request.say("Attrition", "퇴사율"), Kind.SHARE),
        Column(request.say("Left", "퇴사"), Kind.COUNT),
        Column(request.say("Hired", "입사"), Kind.COUNT),
        Column(request.say("At start", "기초 인원"), Kind.COUNT),
        Column(request.say("At end", "기말 인원"), Kind.COUNT),
    )
    title = request.say(f"By {heading.lower()}", f"{heading}별")
    return Table(title, columns, rows, Chart(request.say("Attrition", "퇴사율"), (1,), "bars"))
