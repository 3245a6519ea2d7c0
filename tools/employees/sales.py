"""Sales and targets: of a person, summed by group, and ranked. Open to everyone."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, cast, func, select
from sqlalchemy import Float as SqlFloat
from sqlalchemy.orm import Session

from narutalk.clock import Clock
from tools.comparing import Comparison, compared_periods
from tools.employees.coverage import UsedPeriod, use_period
from tools.employees.directory import Directory, Filters
from tools.employees.grouping import AnySelect, GroupBy, group_columns, group_names, join_group
from tools.employees.models import Employee, MonthlySales
from tools.employees.records import GroupSales, MonthSales, RankedPerson, SalesFigures
from tools.periods import Period, resolve_against


class RankBy(StrEnum):
    """What people are ranked by."""

    AMOUNT = "amount"
    ATTAINMENT = "attainment"


class SalesQueries:
    """Reads `monthly_sales`. A period counts every month that it touches, for sales are kept by month.

    Args:
        engine: Of the employee database.
        clock: Says today, for relative periods.
        directory: Finds the people that were ranked.
    """

    def __init__(self, engine: Engine, clock: Clock, directory: Directory) -> None:
        self._engine = engine
        self._clock = clock
        self._directory = directory

    def period(self, text: str | None) -> UsedPeriod:
        """Return the period a question means, beside what the data covers; see `use_period`."""
        query = select(func.min(MonthlySales.month), func.max(MonthlySales.month))
        with Session(self._engine) as session:
            first, last = session.execute(query).one()
        return use_period(text, self._clock(), first, last)

    def compared(
        self, used: UsedPeriod, against: str | None, sums: Callable[[UsedPeriod], SalesFigures]
    ) -> tuple[UsedPeriod, Comparison | None]:
        """Return the later of two periods, and the sum of the earlier one beside its own.

        Args:
            used: One of them.
            against: The other one, as `resolve_against` takes it; None for no comparison.
            sums: Adds up what is compared.
        """
        if against is None:
            return used, None
        covered = Period(used.data_start, used.data_end) if used.data_start and used.data_end else None
        other = resolve_against(against, used.period, self._clock())
        now, before, is_shortened = compared_periods(used.period, other, covered)
        later = used.model_copy(update={"start": now.start, "end": now.end})
        earlier = used.model_copy(update={"start": before.start, "end": before.end})
        return later, Comparison(
            start=before.start,
            end=before.end,
            amount_krw=sums(earlier).amount_krw,
            now_krw=sums(later).amount_krw,
            is_shortened=is_shortened,
        )

    def by_month(self, employee_id: str, used: UsedPeriod) -> list[MonthSales]:
        """Return a person's months with figures, in order."""
        query = (
            select(MonthlySales)
            .where(MonthlySales.employee_id == employee_id, *_in(used))
            .order_by(MonthlySales.month)
        )
        with Session(self._engine) as session:
            return [
                MonthSales(month=row.month, amount_krw=row.amount_krw, target_krw=row.target_krw)
                for row in session.scalars(query)
            ]

    def months_of(self, filters: Filters, used: UsedPeriod) -> list[MonthSales]:
        """Return the monthly sums over all the people that the filters choose, in order."""
        query: AnySelect = (
            select(MonthlySales.month, *_sums())
            .join(Employee, Employee.id == MonthlySales.employee_id)
            .where(*_in(used), *filters.conditions())
            .group_by(MonthlySales.month)
            .order_by(MonthlySales.month)
        )
        return [
            MonthSales(month=row[0], amount_krw=int(row[1]), target_krw=int(row[2]))
            for row in self._rows(query)
        ]

    def total(self, filters: Filters, used: UsedPeriod) -> GroupSales:
        """Return the sum over all the people that the filters choose."""
        groups = self.by_group(GroupBy.TOTAL, filters, used)
        return groups[0] if groups else GroupSales(key="total", name_en="Total", name_ko="전체", people=0)

    def by_group(self, by: GroupBy, filters: Filters, used: UsedPeriod) -> list[GroupSales]:
        """Return the sums by group, the largest amount first; groups without sales are left out."""
        columns = group_columns(by)
        query: AnySelect = select(*columns, *_sums(), func.count(func.distinct(Employee.id)))
        query = query.join_from(MonthlySales, Employee, Employee.id == MonthlySales.employee_id)
        query = join_group(query, by).where(*_in(used), *filters.conditions())
        if by is not GroupBy.TOTAL:
            query = query.group_by(*columns)
        groups = [
            GroupSales(
                **group_names(by, row)._asdict(),
                amount_krw=int(row[-3] or 0),
                target_krw=int(row[-2] or 0),
                people=row[-1],
            )
            for row in self._rows(query)
        ]
        return sorted(groups, key=lambda group: (-group.amount_krw, group.key))

    def ranking(
        self, filters: Filters, used: UsedPeriod, *, by: RankBy, lowest: bool = False, count: int = 5
    ) -> list[RankedPerson]:
        """Return the people with the most (or the least) sales or attainment of the target.

        Everyone with figures in the period takes part, also for a part of its months; ties go by id.

        Args:
            filters: Who takes part.
            used: The period.
            by: Amount in KRW, or amount in percent of the target.
            lowest: Rank from the bottom.
            count: How many, from 1.
        """
        amount, target = func.sum(MonthlySales.amount_krw), func.sum(MonthlySales.target_krw)
        score: ColumnElement[Any] = amount
        if by is RankBy.ATTAINMENT:
            score = cast(amount, SqlFloat) / cast(target, SqlFloat)
        query: AnySelect = (
            select(Employee.id, amount, target)
            .join_from(MonthlySales, Employee, Employee.id == MonthlySales.employee_id)
            .where(*_in(used), *filters.conditions())
            .group_by(Employee.id)
            .order_by(score.asc() if lowest else score.desc(), Employee.id)
            .limit(count)
        )
        rows = self._rows(query)
        people = {person.id: person for person in self._directory.by_ids([row[0] for row in rows])}
        return [
            RankedPerson(rank=rank, person=people[row[0]], amount_krw=int(row[1]), target_krw=int(row[2]))
            for rank, row in enumerate(rows, start=1)
        ]

    def _rows(self, query: AnySelect) -> list[Row[*tuple[Any, ...]]]:
        with Session(self._engine) as session:
            return list(session.execute(query).all())


def add_up(months: list[MonthSales]) -> SalesFigures:
    """Return the sum of some months."""
    return SalesFigures(
        amount_krw=sum(entry.amount_krw for entry in months),
        target_krw=sum(entry.target_krw for entry in months),
    )


def _sums() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return func.sum(MonthlySales.amount_krw), func.sum(MonthlySales.target_krw)


def _in(used: UsedPeriod) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    first: date = used.start.replace(day=1)
    return MonthlySales.month >= first, MonthlySales.month <= used.end
