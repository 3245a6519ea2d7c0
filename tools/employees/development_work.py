"""What the tools over developments do: sales over time, comings and goings, unusual attendance, salaries."""

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.employees.anomalies import MIN_COMPARED
from tools.employees.arguments import (
    AnomaliesArgs,
    AttendanceRankingArgs,
    DevelopmentArgs,
    SalaryStatisticsArgs,
    TurnoverArgs,
)
from tools.employees.citing import cite, detail_of
from tools.employees.coverage import UsedPeriod
from tools.employees.grouping import GroupBy
from tools.employees.permissions import require_every_salary
from tools.employees.places import filters_of, resolve_scope
from tools.employees.records import MonthSales, Person
from tools.employees.results.attendance_ranking import AttendanceRanking, PersonDays
from tools.employees.results.developments import (
    AttendanceAnomalies,
    PersonAnomaly,
    SalesDevelopment,
    StaffTurnover,
)
from tools.employees.results.salaries import SalaryStatistics
from tools.employees.results.scope import Scope
from tools.employees.salaries import GroupSalary
from tools.employees.sales import add_up
from tools.employees.self_reference import person_meant
from tools.employees.store import EmployeeStore
from tools.employees.turnover import Turnover
from tools.periods import YEAR_BEFORE, resolve_period
from tools.series import measure_series

DEFAULT_PERIOD = "last_12_months"


class DevelopmentWork:
    """Each method is one tool, and raises `ToolError` on purpose only.

    Args:
        store: The employee database.
    """

    def __init__(self, store: EmployeeStore) -> None:
        self._store = store

    def development(self, identity: Identity, args: DevelopmentArgs) -> SalesDevelopment:
        scope = resolve_scope(self._store.directory, department=args.department, region=args.region)
        asked = person_meant(identity, args.employee) if args.employee else None
        return self.development_of(
            self._store.directory.one(asked) if asked else None, scope, args.period, args.against
        )

    def development_of(
        self, person: Person | None, scope: Scope, period: str | None, against: str | None = None
    ) -> SalesDevelopment:
        """Return the sales of a person, or else of a scope, by month; of all months without a period."""
        used = self._store.sales.period(period)
        if period is None and used.data_start:  # a season shows over years
            used = used.model_copy(update={"start": used.data_start, "assumed": False})
        sales = self._store.sales

        def by_month(part: UsedPeriod) -> list[MonthSales]:
            return sales.by_month(person.id, part) if person else sales.months_of(filters_of(scope), part)

        against = against or (YEAR_BEFORE if period else None)
        used, comparison = sales.compared(used, against, lambda part: add_up(by_month(part)))
        months = by_month(used)
        source = cite("Monthly sales", "monthly_sales", person.id if person else detail_of(used, scope))
        return SalesDevelopment(
            person=person,
            scope=scope,
            used=used,
            total=add_up(months),
            comparison=comparison if comparison and comparison.amount_krw else None,
            figures=measure_series({entry.month: entry.amount_krw for entry in months}),
            citations=[source],
        )

    def turnover(self, _identity: Identity, args: TurnoverArgs) -> StaffTurnover:
        scope = resolve_scope(
            self._store.directory, department=args.department, region=args.region, position=args.position
        )
        today = self._store.clock()
        period = resolve_period(args.period or DEFAULT_PERIOD, today)
        used = UsedPeriod(start=period.start, end=min(period.end, max(today, period.start)))
        on = used.end if args.period else today
        by = args.group_by or _sensible_group(scope)
        filters = filters_of(scope)
        totals = self._store.turnover.by_group(GroupBy.TOTAL, filters, used.period)
        return StaffTurnover(
            scope=scope,
            group_by=by,
            period=used,
            total=totals[0] if totals else _NOBODY,
            groups=[] if by is GroupBy.TOTAL else self._store.turnover.by_group(by, filters, used.period),
            tenure=self._store.turnover.tenure(filters, on),
            tenure_on=on,
            tenures={} if by is GroupBy.TOTAL else self._store.turnover.tenure_by_group(by, filters, on),
            citations=[cite("Employee directory", "employees", detail_of(used, scope))],
        )

    def attendance_ranking(self, identity: Identity, args: AttendanceRankingArgs) -> AttendanceRanking:
        scope = resolve_scope(self._store.directory, department=args.department, region=args.region)
        used = self._store.attendance.period(args.period)
        most = self._store.attendance.most(identity, filters_of(scope), used, args.measure, args.count)
        people = {
            person.id: person for person in self._store.directory.by_ids(sorted(key for key, _ in most.found))
        }
        return AttendanceRanking(
            used=used,
            scope=scope,
            measure=args.measure,
            compared=most.compared,
            entries=[PersonDays(person=people[key], value=value) for key, value in most.found],
            as_many=most.as_many,
            citations=[cite("Attendance", "attendance", detail_of(used, scope))],
        )

    def anomalies(self, identity: Identity, args: AnomaliesArgs) -> AttendanceAnomalies:
        scope = resolve_scope(self._store.directory, department=args.department, region=args.region)
        used = self._store.attendance.period(args.period)
        found, compared = self._store.anomalies.find(identity, filters_of(scope), used, args.measure)
        people = {
            person.id: person
            for person in self._store.directory.by_ids(sorted({entry.employee_id for entry in found}))
        }
        return AttendanceAnomalies(
            used=used,
            scope=scope,
            compared=compared,
            enough=compared >= MIN_COMPARED,
            found=[
                PersonAnomaly(
                    person=people[entry.employee_id],
                    measure=entry.measure,
                    value=entry.value,
                    usual=entry.usual,
                    score=entry.score,
                )
                for entry in found
            ],
            citations=[cite("Attendance", "attendance", detail_of(used, scope))],
        )

    def salaries(self, identity: Identity, args: SalaryStatisticsArgs) -> SalaryStatistics:
        require_every_salary(identity)
        scope = resolve_scope(
            self._store.directory, department=args.department, region=args.region, position=args.position
        )
        on, by, filters = self._store.clock(), args.group_by or GroupBy.TOTAL, filters_of(scope)
        queries = self._store.salaries
        totals = queries.by_group(identity, GroupBy.TOTAL, filters, on)
        nobody = GroupSalary(key="total", name_en="Total", name_ko="전체", people=0)
        return SalaryStatistics(
            scope=scope,
            on=on,
            group_by=by,
            total=totals[0] if totals else nobody,
            groups=[] if by is GroupBy.TOTAL else queries.by_group(identity, by, filters, on),
            citations=[
                cite("Salaries", "salaries", ", ".join([f"on {on.isoformat()}", *scope.parts(Language.EN)]))
            ],
        )


_NOBODY = Turnover(key="total", name_en="Total", name_ko="전체", at_start=0, at_end=0, hired=0, left=0)


def _sensible_group(scope: Scope) -> GroupBy:
    if scope.department is None:
        return GroupBy.DEPARTMENT
    return GroupBy.REGION if scope.region is None else GroupBy.TOTAL
