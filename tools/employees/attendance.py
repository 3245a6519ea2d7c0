"""Attendance: of a person, for those who may see it, and summed by group, for everyone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, func, not_, select
from sqlalchemy.orm import Session

from narutalk.clock import Clock
from narutalk.identity import Identity
from tools.employees.anomalies import AttendanceMeasure
from tools.employees.coverage import UsedPeriod, use_period
from tools.employees.directory import Filters
from tools.employees.grouping import AnySelect, GroupBy, group_columns, group_names, join_group
from tools.employees.models import Attendance, Employee
from tools.employees.permissions import (
    may_see_personal_records,
    personal_records_seen,
    require_personal_records,
    require_some_personal_records,
    sees_everyone,
)
from tools.employees.records import AttendanceFigures, GroupAttendance, MonthAttendance
from tools.employees.suppression import Cell, HiddenPeople

FIELDS = tuple(AttendanceFigures.model_fields)


class Most(NamedTuple):
    """Who has the highest figure, by id, the highest first; nobody without any.

    Attributes:
        compared: How many people have attendance that the caller sees.
        as_many: How many people who are not found have as much as the last who is.
    """

    found: list[tuple[str, int]]
    compared: int
    as_many: int


class AttendanceQueries:
    """Reads `attendance`. A period counts every month that it touches.

    Args:
        engine: Of the employee database.
        clock: Says today, for relative periods.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def period(self, text: str | None) -> UsedPeriod:
        """Return the period a question means, beside what the data covers; see `use_period`."""
        query = select(func.min(Attendance.month), func.max(Attendance.month))
        with Session(self._engine) as session:
            first, last = session.execute(query).one()
        return use_period(text, self._clock(), first, last)

    def by_month(self, identity: Identity, employee_id: str, used: UsedPeriod) -> list[MonthAttendance]:
        """Return a person's months, in order.

        Raises:
            TellTheModel: The caller may not see a person's attendance.
        """
        query = (
            select(Attendance)
            .where(Attendance.employee_id == employee_id, *_in(used))
            .order_by(Attendance.month)
        )
        with Session(self._engine) as session:
            require_personal_records(session, identity, employee_id)
            return [
                MonthAttendance(month=row.month, **{field: getattr(row, field) for field in FIELDS})
                for row in session.scalars(query)
            ]

    def may_see(self, identity: Identity, employee_id: str) -> bool:
        """Whether the caller may see a person's attendance."""
        with Session(self._engine) as session:
            return may_see_personal_records(session, identity, employee_id)

    def most(
        self,
        identity: Identity,
        filters: Filters,
        used: UsedPeriod,
        measure: AttendanceMeasure,
        count: int,
    ) -> Most:
        """Return who has the highest figure in a period, among those whose attendance the caller sees.

        Raises:
            TellTheModel: The caller sees nobody's.
        """
        require_some_personal_records(identity)
        value = func.sum(getattr(Attendance, measure))
        query = (
            select(Employee.id, value)
            .join_from(Attendance, Employee, Employee.id == Attendance.employee_id)
            .where(*_in(used), personal_records_seen(identity), *filters.conditions())
            .group_by(Employee.id)
            .order_by(value.desc(), Employee.id)
        )
        with Session(self._engine) as session:
            rows = [(str(key), int(figure)) for key, figure in session.execute(query)]
        found = [row for row in rows[:count] if row[1] > 0]
        rest = rows[len(found) :] if found else []
        return Most(found, len(rows), sum(figure == found[-1][1] for _key, figure in rest))

    def by_group(
        self, identity: Identity, by: GroupBy, filters: Filters, used: UsedPeriod
    ) -> list[GroupAttendance]:
        """Return the sums by group, by key; groups without rows are left out.

        Those that would tell about single persons whom the caller may not see are withheld.
        """
        columns = group_columns(by)
        sums: list[ColumnElement[Any]] = [func.sum(getattr(Attendance, field)) for field in FIELDS]
        query: AnySelect = select(*columns, func.count(func.distinct(Employee.id)), *sums)
        query = query.join_from(Attendance, Employee, Employee.id == Attendance.employee_id)
        query = join_group(query, by).where(*_in(used), *filters.conditions())
        if by is not GroupBy.TOTAL:
            query = query.group_by(*columns)
        with Session(self._engine) as session:
            rows = session.execute(query).all()
            hidden = None if sees_everyone(identity) else _hidden_people(session, identity, filters, used)
        groups = sorted((_group(by, row) for row in rows), key=lambda group: group.key)
        return groups if hidden is None else [_shown(group, by, filters, hidden) for group in groups]


def add_up(months: list[MonthAttendance]) -> AttendanceFigures:
    """Return the sum of some months."""
    return AttendanceFigures(**{field: sum(getattr(entry, field) for entry in months) for field in FIELDS})


def _group(by: GroupBy, row: Sequence[Any]) -> GroupAttendance:
    days: dict[str, Any] = {
        field: int(value or 0) for field, value in zip(FIELDS, row[-len(FIELDS) :], strict=True)
    }
    names: dict[str, Any] = group_names(by, row)._asdict()
    return GroupAttendance(**names, people=row[-len(FIELDS) - 1], **days)


def _hidden_people(session: Session, identity: Identity, filters: Filters, used: UsedPeriod) -> HiddenPeople:
    """Count those whose attendance the caller may not see, also in the parts that the filters leave out."""
    sides = (Employee.department_code, Employee.region_code, Employee.position)
    wider = replace(filters, department=None, region=None, position=None)
    query = (
        select(Attendance.month, *sides, func.count())
        .join_from(Attendance, Employee, Employee.id == Attendance.employee_id)
        .where(*_in(used), *wider.conditions(), not_(personal_records_seen(identity)))
        .group_by(Attendance.month, *sides)
    )
    return HiddenPeople((row[0], Cell(*row[1:4]), row[4]) for row in session.execute(query))


def _shown(group: GroupAttendance, by: GroupBy, filters: Filters, hidden: HiddenPeople) -> GroupAttendance:
    cell = Cell(filters.department, filters.region, filters.position)
    if by is not GroupBy.TOTAL:
        cell = cell._replace(**{by.value: group.key})
    if not hidden.withhold(cell):
        return group
    return group.model_copy(update={**dict.fromkeys(FIELDS, 0), "withheld": True})


def _in(used: UsedPeriod) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    first: date = used.start.replace(day=1)
    return Attendance.month >= first, Attendance.month <= used.end
