"""How many people work here, by department, region or position."""

from datetime import date

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.orm import Session

from tools.employees.directory import Filters
from tools.employees.grouping import GroupBy, group_columns, group_names, join_group
from tools.employees.models import Employee, EmployeeStatus
from tools.employees.records import GroupCount


class HeadcountQueries:
    """Counts `employees`; people on leave count, people who left do not.

    Args:
        engine: Of the employee database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def by_group(self, by: GroupBy, filters: Filters, *, on: date | None = None) -> list[GroupCount]:
        """Return the counts by group, the largest first; groups without people are left out.

        Args:
            by: What to count by.
            filters: Who counts.
            on: Count who worked here on that day; None for today's status.
        """
        columns = group_columns(by)
        query = join_group(select(*columns, func.count()).select_from(Employee), by)
        query = query.where(*filters.conditions())
        if on is None:
            query = query.where(Employee.status != EmployeeStatus.LEFT)
        else:
            query = query.where(
                Employee.hire_date <= on, or_(Employee.left_date.is_(None), Employee.left_date > on)
            )
        if by is not GroupBy.TOTAL:
            query = query.group_by(*columns)
        with Session(self._engine) as session:
            rows = session.execute(query).all()
        groups = [GroupCount(**group_names(by, row)._asdict(), people=row[-1]) for row in rows]
        return sorted(groups, key=lambda group: (-group.people, group.key))

    def total(self, filters: Filters, *, on: date | None = None) -> int:
        """Return how many people the filters choose."""
        return self.by_group(GroupBy.TOTAL, filters, on=on)[0].people
