"""Random companies and callers, and whose records each caller sees: by walking up the manager chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import strategies as st
from sqlalchemy import insert

from narutalk.db import build_engine, database_url
from narutalk.identity import Identity, Role
from services.employee.resources import EmployeeResources
from tests.unit.services.employee.conftest import resources_over
from tools.employees.models import (
    Attendance,
    Department,
    Employee,
    EmployeeBase,
    MonthlySales,
    Position,
    Region,
    Review,
    Salary,
)

MONTH = date(2026, 10, 1)
EARLIER = date(2026, 9, 1)
POSITIONS = (Position.MANAGER, Position.ASSOCIATE)
PRESENCE = ((EARLIER, MONTH), (EARLIER, MONTH), (EARLIER,), (MONTH,))
DEPARTMENTS, REGIONS = ("SAL", "LOG"), ("SEO", "BUS")


class Person(NamedTuple):
    id: str
    manager: str | None
    department: str
    region: str
    late: int
    position: Position = Position.MANAGER
    months: tuple[date, ...] = (MONTH,)


@st.composite
def companies(draw: st.DrawFn, *, least: int = 4, most: int = 11, varied: bool = False) -> list[Person]:
    """Return people who report to each other.

    Args:
        draw: Given by Hypothesis.
        least: As many people at least.
        most: As many at most.
        varied: Whether they hold several positions, and are not all there every month.
    """
    count = draw(st.integers(least, most))
    people: list[Person] = []
    for number in range(count):
        above = draw(st.none() | st.sampled_from(people)) if people else None
        people.append(
            Person(
                f"E{number:04}",
                above.id if above else None,
                draw(st.sampled_from(DEPARTMENTS)),
                draw(st.sampled_from(REGIONS)),
                draw(st.integers(0, 15)),
                *(draw(st.tuples(st.sampled_from(POSITIONS), st.sampled_from(PRESENCE))) if varied else ()),
            )
        )
    return people


MANAGES = (Role.MANAGER,)
ROLES = st.sampled_from([MANAGES, MANAGES, MANAGES, (), (Role.HR,), (Role.ADMIN,)])
TIE = st.integers(0, 3).map("employee:E{:04}".format)
TIES = st.one_of(st.lists(TIE, min_size=1, max_size=1), st.lists(TIE, max_size=2))


def build_caller(roles: tuple[Role, ...], groups: list[str]) -> Identity:
    return Identity(user_id="u", username="u", roles=frozenset({Role.USER, *roles}), groups=frozenset(groups))


def sees(who: Identity, of: Person, people: list[Person], *, salary: bool = False) -> bool:
    if who.roles & {Role.HR, Role.ADMIN}:
        return True
    ties = {g.removeprefix("employee:") for g in who.groups if g.startswith("employee:")}
    if len(ties) != 1:
        return False
    own = next(iter(ties))
    above: str | None = of.id
    by_id = {person.id: person for person in people}
    if own not in by_id:
        return False
    is_manager = Role.MANAGER in who.roles and not salary
    while above is not None:
        if above == own:
            return True
        above = by_id[above].manager if is_manager else None
    return False


@contextmanager
def opened_company(people: list[Person]) -> Iterator[EmployeeResources]:
    with TemporaryDirectory() as folder:
        engine = build_engine(database_url("", Path(folder), "employees"))
        EmployeeBase.metadata.create_all(engine)
        with engine.begin() as connection:
            for table, row in _rows(people):
                connection.execute(insert(table), row)
        try:
            yield resources_over(engine, Path(folder))
        finally:
            engine.dispose()


def overtime_of(person: Person) -> int:
    """Return the hours of a person in each month, which nobody else has."""
    return 91_000 + 13 * int(person.id[1:])


def sales_of(person: Person) -> int:
    """Return what a person sold; no two groups of people sold the same."""
    return 2 ** int(person.id[1:]) * 1_000


def salary_of(person: Person) -> int:
    """Return the salary of a person, which nobody else has."""
    return 3 ** int(person.id[1:]) * 1_007_000


def praise_of(person: Person) -> str:
    """Return what a person's review says."""
    return f"praise of {person.id}x"


def _rows(people: list[Person]) -> Iterator[tuple[Any, dict[str, Any]]]:
    for code in DEPARTMENTS:
        yield Department, {"code": code, "name_en": f"{code} en", "name_ko": f"{code} ko"}
    for code in REGIONS:
        yield Region, {"code": code, "name_en": f"{code} en", "name_ko": f"{code} ko"}
    for person in people:
        yield (
            Employee,
            {
                "id": person.id,
                "name_ko": f"직원{person.id}",
                "name_en": f"Person {person.id}",
                "department_code": person.department,
                "region_code": person.region,
                "position": person.position,
                "manager_id": person.manager,
                "hire_date": date(2020, 1, 1),
                "status": "active",
                "email": f"{person.id}@company.example",
            },
        )
        days = {"working_days": 20, "present_days": 20, "leave_days": 0, "sick_days": 0}
        for month in person.months:
            yield (
                Attendance,
                {
                    "employee_id": person.id,
                    "month": month,
                    "late_days": person.late,
                    **days,
                    "overtime_hours": overtime_of(person),
                },
            )
        sold = {"amount_krw": sales_of(person), "target_krw": 1}
        yield MonthlySales, {"employee_id": person.id, "month": MONTH, **sold}
        told = {"summary_en": praise_of(person), "summary_ko": praise_of(person)}
        yield Review, {"employee_id": person.id, "half": "2026-H1", "score": 3.0, **told}
        yield (
            Salary,
            {"employee_id": person.id, "effective_from": date(2026, 1, 1), "annual_krw": salary_of(person)},
        )
