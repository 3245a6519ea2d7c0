"""What people earn on average: for those who may see every salary anyway."""

from datetime import date
from statistics import mean, median

from pydantic import BaseModel
from sqlalchemy import Engine, and_, func, select
from sqlalchemy.orm import Session

from narutalk.identity import Identity
from tools.employees.directory import Filters
from tools.employees.grouping import AnySelect, GroupBy, GroupNames, group_columns, group_names, join_group
from tools.employees.models import Employee, EmployeeStatus, Salary
from tools.employees.permissions import require_every_salary
from tools.employees.suppression import MIN_PEOPLE


class GroupSalary(BaseModel):
    """The yearly salaries of a group; None for fewer than `MIN_PEOPLE` people."""

    key: str
    name_en: str
    name_ko: str
    people: int
    mean_krw: int | None = None
    median_krw: int | None = None


class SalaryQueries:
    """Adds up `salaries` as they are on a day.

    Args:
        engine: Of the employee database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def by_group(self, identity: Identity, by: GroupBy, filters: Filters, on: date) -> list[GroupSalary]:
        """Return the figures of those who work here, by group, the highest mean first.

        Raises:
            TellTheModel: The caller may not see everybody's salary.
        """
        require_every_salary(identity)
        newest = (
            select(Salary.employee_id, func.max(Salary.effective_from).label("since"))
            .where(Salary.effective_from <= on)
            .group_by(Salary.employee_id)
            .subquery()
        )
        query: AnySelect = (
            select(*group_columns(by), Salary.annual_krw)
            .select_from(Employee)
            .join(newest, newest.c.employee_id == Employee.id)
            .join(Salary, and_(Salary.employee_id == Employee.id, Salary.effective_from == newest.c.since))
        )
        query = join_group(query, by).where(Employee.status != EmployeeStatus.LEFT, *filters.conditions())
        groups: dict[GroupNames, list[int]] = {}
        with Session(self._engine) as session:
            for row in session.execute(query):
                groups.setdefault(group_names(by, row), []).append(row[-1])
        found = [_measured(names, amounts) for names, amounts in groups.items()]
        return sorted(found, key=lambda group: (-(group.mean_krw or 0), group.key))


def _measured(names: GroupNames, amounts: list[int]) -> GroupSalary:
    key, name_en, name_ko = names
    group = GroupSalary(key=key, name_en=name_en, name_ko=name_ko, people=len(amounts))
    if len(amounts) < MIN_PEOPLE:
        return group
    return group.model_copy(update={"mean_krw": round(mean(amounts)), "median_krw": round(median(amounts))})
