"""Who works here: people by name, by where they are and by whom they report to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from tools.employees.grouping import AnySelect
from tools.employees.models import (
    Department,
    Employee,
    EmployeeImport,
    EmployeeStatus,
    Position,
    Region,
)
from tools.employees.names import (
    NamedPerson,
    match_names,
    orders,
    search_names,
    spellings,
    spoken_given_names,
)
from tools.employees.records import Person, Place
from tools.employees.refusals import no_such_person, several_people
from tools.identifiers import Identifiers
from tools.imports.freshness import DataVersion
from tools.keyset import Keyset, Listed, PageRequest, counted
from tools.name_search import NameSearch

NAMES_LIFETIME_SECONDS = 30.0
ID_NOUNS = r"\b(?:employee|salesperson|colleague|staff)|직원|사원|사번"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which employees; None means any.

    Attributes:
        department: A department's code.
        region: A region's code.
        position: A rank.
        manager_id: Whom they report to directly.
        status: None for all; the tools ask for current staff by `current`.
        current: Leave out those who left.
        hired_from: The first day of hire, inclusive.
        hired_to: The last day of hire, inclusive.
        left_from: The first day of leaving, inclusive.
        left_to: The last day of leaving, inclusive.
    """

    department: str | None = None
    region: str | None = None
    position: Position | None = None
    manager_id: str | None = None
    status: EmployeeStatus | None = None
    current: bool = False
    hired_from: date | None = None
    hired_to: date | None = None
    left_from: date | None = None
    left_to: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filters as conditions on `Employee`."""
        conditions: list[ColumnElement[bool]] = []
        for column, wanted in (
            (Employee.department_code, self.department),
            (Employee.region_code, self.region),
            (Employee.position, self.position),
            (Employee.manager_id, self.manager_id),
            (Employee.status, self.status),
        ):
            if wanted is not None:
                conditions.append(column == wanted)
        for day, first, last in (
            (Employee.hire_date, self.hired_from, self.hired_to),
            (Employee.left_date, self.left_from, self.left_to),
        ):
            if first is not None:
                conditions.append(day >= first)
            if last is not None:
                conditions.append(day <= last)
        if self.current:
            conditions.append(Employee.status != EmployeeStatus.LEFT)
        return conditions


class Order(StrEnum):
    """Who comes first in a list of people."""

    ID = "id"
    SENIOR = "senior"
    HIRED = "hired"
    NEWEST = "newest"


class PeoplePage(NamedTuple):
    """Some of the people that were asked for, and how many there are in all."""

    people: list[Person]
    total: int


class _Names(NamedTuple):
    at_seconds: float
    version: tuple[int, ...]
    people: tuple[NamedPerson, ...]
    in_sentences: tuple[str, ...]
    ids: Identifiers
    search: NameSearch


class Directory:
    """Finds people.

    Args:
        engine: Of the employee database.
        monotonic: Seconds that only grow; replaced in tests.
    """

    def __init__(self, engine: Engine, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._version = DataVersion((engine, EmployeeImport), monotonic=monotonic)
        self._names: _Names | None = None
        self._places: dict[type[Department] | type[Region], tuple[float, tuple[int, ...], list[Place]]] = {}

    def departments(self) -> list[Place]:
        """Return all departments, by code."""
        return self._read_places(Department)

    def regions(self) -> list[Place]:
        """Return all regions, by code."""
        return self._read_places(Region)

    def sentence_names(self) -> tuple[str, ...]:
        """Return what to look for in a sentence: all spellings of full names, and longer Latin given names.

        Read again when older than `NAMES_LIFETIME_SECONDS`, and after an import.
        """
        return self._read_names().in_sentences

    def names_read_at(self) -> float:
        """Return when the names were read: changes when `sentence_names` may have."""
        return self._read_names().at_seconds

    def ids(self) -> Identifiers:
        """Return the ids of all employees, to be found in sentences."""
        return self._read_names().ids

    def find(self, asked: str) -> list[Person]:
        """Return the people a name or id may mean, current staff first; empty when it means nobody."""
        people = self.by_ids(self._matching(asked))
        return sorted(people, key=lambda person: (person.status is EmployeeStatus.LEFT, person.id))

    def one(self, asked: str, *, department: str | None = None, region: str | None = None) -> Person:
        """Return the one person a name or id means.

        Args:
            asked: As people write it.
            department: A department's code, to choose between people of the same name.
            region: A region's code, for the same.

        Raises:
            TellTheModel: Nobody, or more than one person; the message then lists them.
        """
        found = self.find(asked)
        if not found:
            raise no_such_person(asked)
        narrowed = [
            person
            for person in found
            if department in (None, person.department_code) and region in (None, person.region_code)
        ]
        if len(found) > 1 and len(narrowed) != 1:
            raise several_people(asked, narrowed or found)
        return narrowed[0] if len(found) > 1 else found[0]

    def get(self, employee_id: str) -> Person | None:
        """Return a person by id, or None."""
        people = self.by_ids([employee_id])
        return people[0] if people else None

    def by_ids(self, ids: Sequence[str]) -> list[Person]:
        """Return the people with these ids, in no promised order."""
        return self._fetch(_people().where(Employee.id.in_(ids))) if ids else []

    def reports_of(self, employee_id: str) -> list[Person]:
        """Return the current staff who report to a person directly, seniors first."""
        query = _people().where(Employee.manager_id == employee_id, Employee.status != EmployeeStatus.LEFT)
        return self._fetch(query.order_by(_SENIORITY.desc(), Employee.id))

    def search(
        self,
        filters: Filters,
        *,
        limit: int = 100,
        order: Order = Order.ID,
    ) -> PeoplePage:
        """Return the first people by filters, and how many fit.

        Args:
            filters: Which people.
            limit: At most this many, from 1.
            order: Who comes first; then by id.
        """
        where = and_(True, *filters.conditions())
        with Session(self._engine) as session:
            total = session.scalar(select(func.count()).select_from(Employee).where(where)) or 0
        query = _people().where(where)
        if order is Order.SENIOR:
            query = query.order_by(_SENIORITY.desc())
        elif order is not Order.ID:
            hired = Employee.hire_date
            query = query.order_by(hired.desc() if order is Order.NEWEST else hired.asc())
        return PeoplePage(self._fetch(query.order_by(Employee.id).limit(limit)), total)

    def page(self, filters: Filters, asked: PageRequest, *, name: str | None = None) -> Listed[Person]:
        """Return a page of people, by id unless another order is asked for.

        Args:
            filters: Which people.
            asked: Which page.
            name: An id, a name, or a part of one, as people write it: see
                `tools.employees.names.search_names`.
        """
        query = _people().where(*filters.conditions())
        if name:
            query = query.where(Employee.id.in_(self._searched(name)))
        with self._engine.connect() as connection:
            page = PEOPLE_ORDERS.page(connection, query, asked)
            people = [Person.model_validate(row._mapping) for row in page.rows]
            return Listed(people, page.next_cursor, counted(connection, query, asked))

    def _searched(self, asked: str) -> list[str]:
        known = self._read_names()
        if by_id := known.ids.meant(asked):
            return [by_id]
        return [person.id for person in search_names(asked, known.people, known.search)]

    def _matching(self, asked: str) -> list[str]:
        """Return the ids of those whom a name or id may mean."""
        if by_id := self.ids().meant(asked):
            return [by_id]
        return [person.id for person in match_names(asked, self._read_names().people)]

    def _read_names(self) -> _Names:
        now, version = self._monotonic(), self._version()
        known = self._names
        if known is None or version != known.version or now - known.at_seconds > NAMES_LIFETIME_SECONDS:
            columns = (Employee.id, Employee.name_ko, Employee.name_en, Employee.position)
            with Session(self._engine) as session:
                rows = session.execute(select(*columns).order_by(Employee.id)).all()
            people = tuple(NamedPerson(row[0], row[1], row[2], Position(row[3])) for row in rows)
            in_sentences = {
                name for person in people for name in (*spellings(person), *spoken_given_names(person))
            }
            ids = Identifiers([person.id for person in people], ID_NOUNS)
            search = NameSearch([orders(person) for person in people])
            known = self._names = _Names(now, version, people, tuple(sorted(in_sentences)), ids, search)
        return known

    def _fetch(self, query: AnySelect) -> list[Person]:
        with Session(self._engine) as session:
            return [Person(**row) for row in session.execute(query).mappings()]

    def _read_places(self, table: type[Department] | type[Region]) -> list[Place]:
        now, version = self._monotonic(), self._version()
        known = self._places.get(table)
        if known is None or version != known[1] or now - known[0] > NAMES_LIFETIME_SECONDS:
            known = self._places[table] = (now, version, self._select_places(table))
        return known[2]

    def _select_places(self, table: type[Department] | type[Region]) -> list[Place]:
        with Session(self._engine) as session:
            rows = session.execute(select(table.code, table.name_en, table.name_ko).order_by(table.code))
            return [Place(code=code, name_en=name_en, name_ko=name_ko) for code, name_en, name_ko in rows]


_SENIORITY = case({rank.value: index for index, rank in enumerate(Position)}, value=Employee.position)


PEOPLE_ORDERS = Keyset(
    {
        "id": Employee.__table__.c.id,
        "name_en": Employee.__table__.c.name_en,
        "name_ko": Employee.__table__.c.name_ko,
        "department": Employee.__table__.c.department_code,
        "region": Employee.__table__.c.region_code,
        "position": _SENIORITY,
        "status": Employee.__table__.c.status,
        "hire_date": Employee.__table__.c.hire_date,
    },
    default="id",
)
"""Positions sort from junior to senior, departments and regions by code."""


def _people() -> AnySelect:
    manager = aliased(Employee)
    return (
        select(
            Employee.id,
            Employee.name_en,
            Employee.name_ko,
            Employee.department_code,
            Department.name_en.label("department_en"),
            Department.name_ko.label("department_ko"),
            Employee.region_code,
            Region.name_en.label("region_en"),
            Region.name_ko.label("region_ko"),
            Employee.position,
            Employee.status,
            Employee.hire_date,
            Employee.left_date,
            Employee.email,
            Employee.manager_id,
            manager.name_en.label("manager_en"),
            manager.name_ko.label("manager_ko"),
        )
        .join(Department, Department.code == Employee.department_code)
        .join(Region, Region.code == Employee.region_code)
        .outerjoin(manager, manager.id == Employee.manager_id)
    )
