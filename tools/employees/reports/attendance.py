"""Attendance: of a person by month, for those who may see it; of all by group, few people withheld."""

from functools import partial

from tools.employees.analysis import AnalysisType, analyse
from tools.employees.arguments import AnomaliesArgs
from tools.employees.coverage import UsedPeriod
from tools.employees.development_work import DevelopmentWork
from tools.employees.grouping import GroupBy
from tools.employees.permissions import sees_everyone
from tools.employees.places import filters_of
from tools.employees.records import AttendanceFigures, GroupAttendance
from tools.employees.reports.requests import Request
from tools.employees.results.counts import attendance_headings, withheld
from tools.employees.results.developments import MEASURES
from tools.employees.results.people import called
from tools.employees.results.sales import GROUP_HEADINGS
from tools.employees.wording import month
from tools.reports.content import WITHHELD, Cell, Chart, Column, Figure, Kind, Section, Table
from tools.reports.drafting import with_queries

KINDS = (Kind.COUNT, Kind.COUNT, Kind.COUNT, Kind.COUNT, Kind.COUNT, Kind.COUNT, Kind.SHARE)
MAX_ANOMALIES = 50
_RATE = 7


def used_period(request: Request) -> UsedPeriod:
    """Return the period of the figures."""
    return request.store.attendance.period(request.period)


def sections(request: Request) -> list[Section]:
    """Return the parts of a report on attendance.

    Raises:
        TellTheModel: It is of a person whose attendance the caller may not see.
    """
    found = [with_queries(lambda: _overview(request))]
    if request.subject.person is None and found[0].tables:
        by = [GroupBy.DEPARTMENT] if request.subject.scope.department is None else []
        by += [GroupBy.REGION] if request.subject.scope.region is None else []
        found += [with_queries(partial(_groups, request, group)) for group in by]
        if sees_everyone(request.identity) or request.identity.employee_id:
            found.append(with_queries(lambda: _anomalies(request)))
    return found


def _overview(request: Request) -> Section:
    subject, used = request.subject, used_period(request)
    found = analyse(
        request.store,
        request.identity,
        subject,
        AnalysisType.ATTENDANCE,
        request.period,
        request.language,
    )
    tables: tuple[Table, ...] = ()
    if subject.person:
        months = request.store.attendance.by_month(request.identity, subject.person.id, used)
        rows = tuple((month(entry.month), *_cells(entry)) for entry in months)
        tables = (_table(request, request.say("By month", "월별 근태"), request.say("Month", "월"), rows),)
    elif found.attendance or found.attendance_withheld:
        whole = request.say("Everyone", "전체")
        cells = _cells(found.attendance) if found.attendance else (WITHHELD,) * len(KINDS)
        tables = (_table(request, request.say("Total", "합계"), "", ((whole, *cells),)),)
    rate = found.attendance.presence_percent if found.attendance else None
    return Section(
        title=request.say("Attendance", "근태"),
        text=found.text,
        figures=(Figure(request.say("Presence", "출근율"), rate / 100, Kind.SHARE),)
        if rate is not None
        else (),
        tables=tables if any(table.rows for table in tables) else (),
        notes=(f"{WITHHELD}: {withheld(request.language)}",) if found.attendance_withheld else (),
        method=request.say(
            "Days and hours are sums over the months that the period touches; presence is days present "
            "divided by working days.",
            "일수와 시간은 기간이 걸친 달의 합계이고, 출근율은 출근일을 근무일로 나눈 값입니다.",
        ),
    )


def _groups(request: Request, by: GroupBy) -> Section:
    groups = request.store.attendance.by_group(
        request.identity, by, filters_of(request.subject.scope), used_period(request)
    )
    heading = GROUP_HEADINGS[by][0 if request.language == "en" else 1]
    title = request.say(f"By {heading.lower()}", f"{heading}별 근태")
    rows = tuple((request.say(group.name_en, group.name_ko), *_group_cells(group)) for group in groups)
    hidden = any(group.withheld for group in groups)
    return Section(
        title=title,
        tables=(_table(request, title, heading, rows),),
        notes=(f"{WITHHELD}: {withheld(request.language)}",) if hidden else (),
    )


def _anomalies(request: Request) -> Section:
    scope = request.subject.scope
    found = DevelopmentWork(request.store).anomalies(
        request.identity,
        AnomaliesArgs(
            department=scope.department.code if scope.department else None,
            region=scope.region.code if scope.region else None,
            period=request.period,
        ),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            called(entry.person, request.language),
            request.say(*MEASURES[entry.measure]),
            entry.value,
            float(entry.usual),
            float(entry.score),
        )
        for entry in found.found[:MAX_ANOMALIES]
    )
    title = request.say("What is unusual", "특이한 근태")
    table = Table(
        title,
        (
            Column(request.say("Name", "이름")),
            Column(request.say("What", "항목")),
            Column(request.say("Value", "값"), Kind.COUNT),
            Column(request.say("Median", "중앙값"), Kind.NUMBER),
            Column(request.say("Score", "점수"), Kind.NUMBER),
        ),
        rows,
    )
    none = request.say(
        f"Nothing unusual among the {found.compared:,} people whose attendance you may see.",
        f"볼 수 있는 직원 {found.compared:,}명 중 특이한 근태가 없습니다.",
    )
    some = request.say(
        f"Among the {found.compared:,} people whose attendance you may see.",
        f"볼 수 있는 직원 {found.compared:,}명 중에서입니다.",
    )
    return Section(
        title=title,
        text=some if rows else none,
        tables=(table,) if rows else (),
        method=request.say(
            "Modified z-score above 3.5, by the median and the median absolute deviation (Iglewicz and "
            "Hoaglin).",
            "중앙값과 중앙절대편차로 구한 수정 z 점수가 3.5를 넘는 값입니다(Iglewicz & Hoaglin).",
        ),
    )


def _table(request: Request, title: str, first: str, rows: tuple[tuple[Cell, ...], ...]) -> Table:
    headings = (*attendance_headings(request.language), request.say("Presence", "출근율"))
    columns = (Column(first), *(Column(name, kind) for name, kind in zip(headings, KINDS, strict=True)))
    return Table(title, columns, rows, Chart(request.say("Presence", "출근율"), (_RATE,)))


def _group_cells(group: GroupAttendance) -> tuple[Cell, ...]:
    return (WITHHELD,) * len(KINDS) if group.withheld else _cells(group)


def _cells(days: AttendanceFigures) -> tuple[Cell, ...]:
    rate = days.presence_percent
    return (
        days.working_days,
        days.present_days,
        days.late_days,
        days.leave_days,
        days.sick_days,
        days.overtime_hours,
        None if rate is None else rate / 100,
    )
