"""The employee agent's tools."""

from datetime import date, timedelta

from langchain_core.tools import BaseTool

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.employees.arguments import (
    AnomaliesArgs,
    AttendanceRankingArgs,
    DevelopmentArgs,
    FindEmployeeArgs,
    ListEmployeesArgs,
    ListOrder,
    Measure,
    PersonArgs,
    PersonPeriodArgs,
    PersonSalesArgs,
    SalaryStatisticsArgs,
    StatisticsArgs,
    TopPerformersArgs,
    TurnoverArgs,
)
from tools.employees.citing import cite, days_of, detail_of
from tools.employees.development_work import DevelopmentWork
from tools.employees.directory import Filters, Order
from tools.employees.grouping import GroupBy
from tools.employees.hints import build_hints
from tools.employees.models import EmployeeStatus
from tools.employees.permissions import (
    require_every_salary,
    require_some_personal_records,
    require_some_salaries,
)
from tools.employees.places import filters_of, resolve_scope
from tools.employees.records import GroupAttendance, Person
from tools.employees.results.counts import AttendanceStatistics, Headcount
from tools.employees.results.people import About, PeopleResult, PersonResult
from tools.employees.results.personal import PersonAttendance, PersonRecord, PersonSalary
from tools.employees.results.sales import PersonSales, Ranking, SalesStatistics
from tools.employees.results.scope import Scope
from tools.employees.sales import RankBy, add_up
from tools.employees.self_reference import person_meant
from tools.employees.store import EmployeeStore
from tools.employees.wording import STATUSES
from tools.periods import Period, resolve_period
from tools.tool import ToolResult, build_tool

EN, KO = Language.EN, Language.KO
_ORDERS = {ListOrder.SENIOR: Order.SENIOR, ListOrder.LONGEST: Order.HIRED, ListOrder.NEWEST: Order.NEWEST}


def build_employee_tools(store: EmployeeStore) -> list[BaseTool]:
    """Return the tools over an employee store; each checks the caller's rights itself."""
    work = EmployeeWork(store)
    developments = DevelopmentWork(store)
    hints = build_hints(store.directory)
    return [
        build_tool(
            work.find,
            name="find_employee",
            description="Who a person is: department, region, position, hire date, email, manager, direct "
            "reports. Use it for questions about one named person that are not about figures.",
            args=FindEmployeeArgs,
            hints=hints["find_employee"],
        ),
        build_tool(
            work.sales,
            name="employee_sales",
            description="One person's sales in a period: amount, target, attainment in percent, by month.",
            args=PersonSalesArgs,
            hints=hints["employee_sales"],
        ),
        build_tool(
            work.statistics,
            name="department_statistics",
            description="Figures of the company, a department, region or position: headcount, or sales with "
            "target and attainment, or attendance, for a period, also broken down.",
            args=StatisticsArgs,
            hints=hints["department_statistics"],
        ),
        build_tool(
            work.top,
            name="top_performers",
            description="The people with the highest or lowest sales, or attainment of target, in a period.",
            args=TopPerformersArgs,
            hints=hints["top_performers"],
        ),
        build_tool(
            work.attendance,
            name="employee_attendance",
            description="One person's attendance in a period: days present, late, on leave, sick; overtime. "
            "For HR, the managers above the person, and the person.",
            args=PersonPeriodArgs,
            hints=hints["employee_attendance"],
            requires=require_some_personal_records,
        ),
        build_tool(
            work.record,
            name="employee_record",
            description="One person's full record with performance reviews. For HR, the "
            "managers above the person, and the person.",
            args=PersonArgs,
            hints=hints["employee_record"],
            requires=require_some_personal_records,
        ),
        build_tool(
            work.salary,
            name="employee_salary",
            description="One person's yearly salary. For HR and administrators, and one's own.",
            args=PersonArgs,
            hints=hints["employee_salary"],
            requires=require_some_salaries,
        ),
        build_tool(
            developments.salaries,
            name="salary_statistics",
            description="Mean and median of the yearly salaries of the company, a department, region or "
            "position, also broken down. For HR and administrators.",
            args=SalaryStatisticsArgs,
            hints=hints["salary_statistics"],
            requires=require_every_salary,
        ),
        build_tool(
            work.listing,
            name="list_employees",
            description="Who works in a department or region, holds a position, is on leave or has left, or "
            "was hired at some time; the most senior first, so also who heads a department.",
            args=ListEmployeesArgs,
            hints=hints["list_employees"],
        ),
        build_tool(
            developments.development,
            name="sales_development",
            description="How sales of a person, department or region develop by month: trend, growth on the "
            "year before, seasonality.",
            args=DevelopmentArgs,
            hints=hints["sales_development"],
        ),
        build_tool(
            developments.turnover,
            name="staff_turnover",
            description="Attrition (who left over the average headcount), hires and tenure in a period, of "
            "the company, a department, region or position, also broken down.",
            args=TurnoverArgs,
            hints=hints["staff_turnover"],
        ),
        build_tool(
            developments.attendance_ranking,
            name="attendance_ranking",
            description="Who was late, sick or working overtime most in a period, among the people whose "
            "attendance the caller may see.",
            args=AttendanceRankingArgs,
            hints=hints["attendance_ranking"],
            requires=require_some_personal_records,
        ),
        build_tool(
            developments.anomalies,
            name="attendance_anomalies",
            description="Whose days late, sick days or overtime are unusual in a period, among the people "
            "whose attendance the caller may see.",
            args=AnomaliesArgs,
            hints=hints["attendance_anomalies"],
            requires=require_some_personal_records,
        ),
    ]


class EmployeeWork:
    """What the tools do; each method is one tool, and raises `ToolError` on purpose only.

    Args:
        store: The employee database.
    """

    def __init__(self, store: EmployeeStore) -> None:
        self._store = store

    def find(self, identity: Identity, args: FindEmployeeArgs) -> PersonResult:
        person = self._person(identity, args)
        directory = self._store.directory
        manager = directory.get(person.manager_id) if person.manager_id else None
        reports = directory.reports_of(person.id) if args.about is About.REPORTS else []
        source = cite("Employee directory", "employees", person.id)
        return PersonResult(
            person=person, about=args.about, manager=manager, reports=reports, citations=[source]
        )

    def sales(self, identity: Identity, args: PersonSalesArgs) -> PersonSales:
        return self._sales_of(self._person(identity, args), args.period, args.against)

    def statistics(self, identity: Identity, args: StatisticsArgs) -> ToolResult:
        scope = resolve_scope(
            self._store.directory, department=args.department, region=args.region, position=args.position
        )
        measure = args.measure or (Measure.SALES if args.period else Measure.HEADCOUNT)
        by = args.group_by or _sensible_group(measure, scope)
        if measure is Measure.HEADCOUNT:
            return self._headcount(scope, by, args.period)
        if measure is Measure.SALES:
            return self._sales_statistics(scope, by, args.period, args.against)
        return self._attendance_statistics(identity, scope, by, args.period)

    def top(self, _identity: Identity, args: TopPerformersArgs) -> Ranking:
        scope = resolve_scope(self._store.directory, region=args.region, position=args.position)
        used = self._store.sales.period(args.period)
        by = RankBy(args.by)
        people = self._store.sales.ranking(
            filters_of(scope), used, by=by, lowest=args.lowest, count=args.count
        )
        source = cite("Monthly sales", "monthly_sales", detail_of(used, scope))
        return Ranking(used=used, scope=scope, by=by, lowest=args.lowest, people=people, citations=[source])

    def attendance(self, identity: Identity, args: PersonPeriodArgs) -> PersonAttendance:
        require_some_personal_records(identity)
        return self._attendance_of(identity, self._person(identity, args), args.period)

    def record(self, identity: Identity, args: PersonArgs) -> PersonRecord:
        require_some_personal_records(identity)
        person = self._person(identity, args)
        sales = self._sales_of(person, None)
        attendance = self._attendance_of(identity, person, None)
        sources = [cite("Employee directory", "employees", person.id)]
        sources += sales.citations if sales.months else []
        sources += [*attendance.citations, cite("Performance reviews", "reviews", person.id)]
        return PersonRecord(
            person=person,
            sales=sales,
            attendance=attendance,
            reviews=self._store.confidential.reviews(identity, person.id),
            citations=sources,
        )

    def salary(self, identity: Identity, args: PersonArgs) -> PersonSalary:
        require_some_salaries(identity)
        person = self._person(identity, args)
        return PersonSalary(
            person=person,
            salaries=self._store.confidential.salaries(identity, person.id),
            citations=[cite("Salaries", "salaries", person.id)],
        )

    def listing(self, _identity: Identity, args: ListEmployeesArgs) -> PeopleResult:
        scope = resolve_scope(
            self._store.directory, department=args.department, region=args.region, position=args.position
        )
        hired_from, hired_to = self._hired(args)
        left = resolve_period(args.left, self._store.clock()) if args.left else None
        status = EmployeeStatus.LEFT if left else args.status
        filters = Filters(
            department=scope.department.code if scope.department else None,
            region=scope.region.code if scope.region else None,
            position=scope.position,
            status=status,
            current=status is None,
            hired_from=hired_from,
            hired_to=hired_to,
            left_from=left.start if left else None,
            left_to=left.end if left else None,
        )
        page = self._store.directory.search(filters, limit=args.limit, order=_ORDERS[args.order])
        english, korean = _conditions(status, hired_from, hired_to, left)
        detail = ", ".join(part for part in (scope.label(EN), english) if part)
        return PeopleResult(
            people=page.people,
            total=page.total,
            scope=scope,
            condition_en=english,
            condition_ko=korean,
            order=args.order.value,
            citations=[cite("Employee directory", "employees", detail)],
        )

    def _person(self, identity: Identity, args: PersonArgs) -> Person:
        scope = resolve_scope(self._store.directory, department=args.department, region=args.region)
        return self._store.directory.one(
            person_meant(identity, args.employee),
            department=scope.department.code if scope.department else None,
            region=scope.region.code if scope.region else None,
        )

    def _hired(self, args: ListEmployeesArgs) -> tuple[date | None, date | None]:
        today = self._store.clock()
        within = resolve_period(args.hired, today) if args.hired else None
        first = within.start if within else None
        last = within.end if within else None
        if args.hired_before:
            last = resolve_period(args.hired_before, today).start - timedelta(days=1)
        return first, last

    def _sales_of(self, person: Person, period: str | None, against: str | None = None) -> PersonSales:
        sales = self._store.sales
        used, comparison = sales.compared(
            sales.period(period), against, lambda part: add_up(sales.by_month(person.id, part))
        )
        source = cite("Monthly sales", "monthly_sales", f"{days_of(used)}, {person.id}")
        months = self._store.sales.by_month(person.id, used)
        return PersonSales(person=person, used=used, months=months, comparison=comparison, citations=[source])

    def _attendance_of(self, identity: Identity, person: Person, period: str | None) -> PersonAttendance:
        used = self._store.attendance.period(period)
        source = cite("Attendance", "attendance", f"{days_of(used)}, {person.id}")
        months = self._store.attendance.by_month(identity, person.id, used)
        return PersonAttendance(person=person, used=used, months=months, citations=[source])

    def _headcount(self, scope: Scope, by: GroupBy, period: str | None) -> Headcount:
        today = self._store.clock()
        on = min(resolve_period(period, today).end, today) if period else None
        filters = filters_of(scope)
        detail = ", ".join([scope.label(EN), *([f"on {on.isoformat()}"] if on else [])])
        return Headcount(
            scope=scope,
            group_by=by,
            total=self._store.headcount.total(filters, on=on),
            groups=[] if by is GroupBy.TOTAL else self._store.headcount.by_group(by, filters, on=on),
            on=on,
            citations=[cite("Employee directory", "employees", detail)],
        )

    def _sales_statistics(
        self, scope: Scope, by: GroupBy, period: str | None, against: str | None
    ) -> SalesStatistics:
        sales, filters = self._store.sales, filters_of(scope)
        used, comparison = sales.compared(
            sales.period(period), against, lambda part: sales.total(filters, part)
        )
        return SalesStatistics(
            used=used,
            scope=scope,
            group_by=by,
            comparison=comparison,
            total=self._store.sales.total(filters, used),
            groups=[] if by is GroupBy.TOTAL else self._store.sales.by_group(by, filters, used),
            citations=[cite("Monthly sales", "monthly_sales", detail_of(used, scope))],
        )

    def _attendance_statistics(
        self, identity: Identity, scope: Scope, by: GroupBy, period: str | None
    ) -> AttendanceStatistics:
        used = self._store.attendance.period(period)
        filters = filters_of(scope)
        totals = self._store.attendance.by_group(identity, GroupBy.TOTAL, filters, used)
        nobody = GroupAttendance(key="total", name_en="Total", name_ko="전체", people=0)
        return AttendanceStatistics(
            used=used,
            scope=scope,
            group_by=by,
            total=totals[0] if totals else nobody,
            groups=[]
            if by is GroupBy.TOTAL
            else self._store.attendance.by_group(identity, by, filters, used),
            citations=[cite("Attendance", "attendance", detail_of(used, scope))],
        )


def _sensible_group(measure: Measure, scope: Scope) -> GroupBy:
    """Return what to break figures down by when the question does not say."""
    if measure is not Measure.SALES and scope.department is None:
        return GroupBy.DEPARTMENT
    return GroupBy.REGION if scope.region is None else GroupBy.TOTAL


def _conditions(
    status: EmployeeStatus | None, first: date | None, last: date | None, left: Period | None
) -> tuple[str, str]:
    english = [STATUSES[status][EN]] if status else []
    korean = [STATUSES[status][KO]] if status else []
    if left:
        english = [f"left {left.start.isoformat()} to {left.end.isoformat()}"]
        korean = [f"{left.start.isoformat()}~{left.end.isoformat()} 퇴사"]
    if first and last:
        english.append(f"hired {first.isoformat()} to {last.isoformat()}")
        korean.append(f"{first.isoformat()}~{last.isoformat()} 입사")
    elif first:
        english.append(f"hired since {first.isoformat()}")
        korean.append(f"{first.isoformat()} 이후 입사")
    elif last:
        english.append(f"hired until {last.isoformat()}")
        korean.append(f"{last.isoformat()} 이전 입사")
    return ", ".join(english), ", ".join(korean)
