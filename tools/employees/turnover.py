"""Who came, who left, and how long people have been here: counted in the directory, open to everyone."""

from datetime import date, timedelta
from statistics import median
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine, case, func, select
from sqlalchemy.orm import Session

from tools.employees.directory import Filters
from tools.employees.grouping import AnySelect, GroupBy, group_columns, group_names, join_group
from tools.employees.models import Employee
from tools.periods import Period

DAYS_OF_A_YEAR = 365.25
MIN_STAFF = 10
"""On average; below that a rate says little, and an answer says so."""


class Turnover(BaseModel):
    """Comings and goings of a group in a period.

    Attributes:
        at_start: Who worked here on the day before it began.
        at_end: Who worked here on its last day.
        hired: Who came in it.
        left: Who left in it.
    """

    key: str
    name_en: str
    name_ko: str
    at_start: int
    at_end: int
    hired: int
    left: int

    @property
    def average(self) -> float:
        """The average headcount: half the sum of start and end."""
        return (self.at_start + self.at_end) / 2

    @property
    def rate(self) -> float | None:
        """The attrition rate, 0 to 1: who left over the average headcount; None without anybody.

        Source: the crude turnover rate of CIPD and SHRM, leavers / average number employed.
        """
        return self.left / self.average if self.average else None

    @property
    def is_small(self) -> bool:
        """Whether the rate comes from few people."""
        return self.average < MIN_STAFF


class Tenure(BaseModel):
    """How long those who work here on a day have been here, in years; None without anybody."""

    people: int
    mean_years: float | None = None
    median_years: float | None = None


class TurnoverQueries:
    """Counts `employees` by hire date and last day.

    Args:
        engine: Of the employee database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def by_group(self, by: GroupBy, filters: Filters, period: Period) -> list[Turnover]:
        """Return the figures by group, the highest rate first; groups that nobody worked in are left out."""
        columns = group_columns(by)
        before = period.start - timedelta(days=1)
        counts = [
            _count(_worked(before)),
            _count(_worked(period.end)),
            _count(Employee.hire_date.between(period.start, period.end)),
            _count(Employee.left_date.between(period.start, period.end)),
        ]
        query: AnySelect = join_group(select(*columns, *counts).select_from(Employee), by)
        query = query.where(*filters.conditions())
        if by is not GroupBy.TOTAL:
            query = query.group_by(*columns)
        with Session(self._engine) as session:
            rows = session.execute(query).all()
        groups = [_turnover(by, row) for row in rows]
        some = [group for group in groups if group.at_start or group.at_end or group.left]
        return sorted(some, key=lambda group: (-(group.rate or 0), group.key))

    def tenure(self, filters: Filters, on: date) -> Tenure:
        """Return how long those who work here on a day have been here."""
        found = self.tenure_by_group(GroupBy.TOTAL, filters, on)
        return next(iter(found.values()), Tenure(people=0))

    def tenure_by_group(self, by: GroupBy, filters: Filters, on: date) -> dict[str, Tenure]:
        """Return the same by the group's key; groups without anybody are left out."""
        query: AnySelect = join_group(
            select(*group_columns(by), Employee.hire_date).select_from(Employee), by
        )
        years: dict[str, list[float]] = {}
        with Session(self._engine) as session:
            for row in session.execute(query.where(*filters.conditions(), _worked(on))):
                key = group_names(by, row).key
                years.setdefault(key, []).append((on - row[-1]).days / DAYS_OF_A_YEAR)
        return {
            key: Tenure(people=len(found), mean_years=sum(found) / len(found), median_years=median(found))
            for key, found in years.items()
        }


def _worked(on: date) -> Any:
    return (Employee.hire_date <= on) & (Employee.left_date.is_(None) | (Employee.left_date > on))


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _turnover(by: GroupBy, row: Any) -> Turnover:
    at_start, at_end, hired, left = (int(value) for value in row[-4:])
    return Turnover(
        **group_names(by, row)._asdict(), at_start=at_start, at_end=at_end, hired=hired, left=left
    )
