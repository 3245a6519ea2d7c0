"""Random companies and callers: REST, tools and reports show of people what a slow filter lets through.

The filter asks of each single row whether the caller may see it, by walking up the manager chain.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from narutalk.db import build_engine, database_url
from narutalk.errors import TellTheModel
from narutalk.identity import Identity, Role
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.employee.reports import router as making_router
from services.employee.resources import EmployeeResources
from services.employee.routes import router
from tests.unit.services.employee.conftest import resources_over
from tools.adhoc.checking import check
from tools.employees.arguments import AnomaliesArgs, Measure, PersonArgs, PersonPeriodArgs, StatisticsArgs
from tools.employees.development_work import DevelopmentWork
from tools.employees.grouping import GroupBy
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
from tools.employees.results.counts import AttendanceStatistics
from tools.employees.store import EmployeeStore
from tools.employees.tools import EmployeeWork

MONTH = date(2026, 10, 1)
DEPARTMENTS, REGIONS = ("SAL", "LOG"), ("SEO", "BUS")


class Person(NamedTuple):
    id: str
    manager: str | None
    department: str
    region: str
    late: int


@st.composite
def companies(draw: st.DrawFn) -> list[Person]:
    count = draw(st.integers(4, 11))
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
            )
        )
    return people


MANAGES = (Role.MANAGER,)
ROLES = st.sampled_from([MANAGES, MANAGES, MANAGES, (), (Role.HR,), (Role.ADMIN,)])
TIE = st.integers(0, 3).map("employee:E{:04}".format)
TIES = st.one_of(st.lists(TIE, min_size=1, max_size=1), st.lists(TIE, max_size=2))


def _caller(roles: tuple[Role, ...], groups: list[str]) -> Identity:
    return Identity(user_id="u", username="u", roles=frozenset({Role.USER, *roles}), groups=frozenset(groups))


def _sees(who: Identity, of: Person, people: list[Person], *, salary: bool = False) -> bool:
    if who.roles & {Role.HR, Role.ADMIN}:
        return True
    ties = {group.removeprefix("employee:") for group in who.groups}
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
def _opened(people: list[Person]) -> Iterator[EmployeeResources]:
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
                "position": Position.MANAGER,
                "manager_id": person.manager,
                "hire_date": date(2020, 1, 1),
                "status": "active",
                "email": f"{person.id}@company.example",
            },
        )
        days = {"working_days": 20, "present_days": 20, "leave_days": 0, "sick_days": 0, "overtime_hours": 0}
        yield Attendance, {"employee_id": person.id, "month": MONTH, "late_days": person.late, **days}
        sold = {"amount_krw": 1, "target_krw": 1}
        yield MonthlySales, {"employee_id": person.id, "month": MONTH, **sold}
        told = {"summary_en": "x", "summary_ko": "x"}
        yield Review, {"employee_id": person.id, "half": "2026-H1", "score": 3.0, **told}
        yield Salary, {"employee_id": person.id, "effective_from": date(2026, 1, 1), "annual_krw": 1}


async def _rest(opened: EmployeeResources, who: Identity, bodies: list[tuple[str, Any]]) -> list[Any]:
    app = FastAPI()
    app.state.server = SimpleNamespace(resources=opened)
    for each in (router, making_router):
        app.include_router(each)
    app.dependency_overrides[caller] = lambda: who
    add_error_handlers(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://e") as client:
        return [(await client.post(path, json=body)) for path, body in bodies]


def _told(call: Any) -> Any:
    try:
        return call()
    except TellTheModel:
        return None


@settings(
    max_examples=30, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
@given(companies(), ROLES, TIES)
def test_each_answer_shows_what_the_slow_filter_lets_through(
    people: list[Person], roles: tuple[Role, ...], ties: list[str]
) -> None:
    who = _caller(roles, ties)
    seen = {person.id for person in people if _sees(who, person, people)}
    paid = {person.id for person in people if _sees(who, person, people, salary=True)}
    with _opened(people) as opened:
        _check_tools(opened.store, who, people, seen, paid)
        _check_sql(opened.store, who, seen, paid)
        bodies: list[tuple[str, Any]] = [
            ("/analyze", {"employee_id": person.id, "analysis_type": "general", "period": "2026-10"})
            for person in people
        ]
        report = {"employee_id": people[0].id, "period": "2026-10", "format": "html"}
        personal = {**report, "kind": "attendance"}
        asked = [*bodies, ("/reports", personal), ("/reports", report)]
        *answers, of_days, made = asyncio.run(_rest(opened, who, asked))
        shown = {p.id for p, answer in zip(people, answers, strict=True) if answer.json()["attendance"]}
        assert shown == seen
        assert of_days.status_code == (201 if people[0].id in seen else 403), of_days.text
        file = opened.reports.path(who.user_id, opened.reports.get(who.user_id, made.json()["id"]))
        # A report of sales is of sales alone, whoever asks.
        assert "attendance" not in file.read_text(encoding="utf-8").lower()


def _check_tools(
    store: EmployeeStore, who: Identity, people: list[Person], seen: set[str], paid: set[str]
) -> None:
    work = EmployeeWork(store)
    for person in people:
        days = _told(
            lambda of=person: work.attendance(who, PersonPeriodArgs(employee=of.id, period="2026-10"))
        )
        record = _told(lambda of=person: work.record(who, PersonArgs(employee=of.id)))
        salary = _told(lambda of=person: work.salary(who, PersonArgs(employee=of.id)))
        assert (days is not None) is (record is not None) is (person.id in seen)
        assert (salary is not None) is (person.id in paid)
        assert days is None or days.months[0].late_days == person.late
    anomalies = _told(lambda: DevelopmentWork(store).anomalies(who, AnomaliesArgs(period="2026-10")))
    if anomalies is not None:
        assert anomalies.compared == len(seen)
        assert {entry.person.id for entry in anomalies.found} <= seen
    asked = StatisticsArgs(measure=Measure.ATTENDANCE, group_by=GroupBy.DEPARTMENT, period="2026-10")
    told = work.statistics(who, asked)
    assert isinstance(told, AttendanceStatistics)
    _check_groups(told, people, everything=bool(who.roles & {Role.HR, Role.ADMIN}))


def _check_groups(told: AttendanceStatistics, people: list[Person], *, everything: bool) -> None:
    """Groups that are shown are right, and neither they nor what they leave over are few people."""
    shown = 0
    for group in told.groups:
        members = [person for person in people if person.department == group.key]
        if everything or not group.withheld:
            assert group.late_days == sum(person.late for person in members)
            assert everything or len(members) >= 5
            shown += len(members)
        else:
            assert group.late_days == group.working_days == 0
    left = len(people) - shown
    if not told.total.withheld:
        assert told.total.late_days == sum(person.late for person in people)
        assert everything or left == 0 or left >= 5


def _check_sql(store: EmployeeStore, who: Identity, seen: set[str], paid: set[str]) -> None:
    (source,) = store.sql_sources()
    views = source.views(who)
    for view, expected in (("attendance", seen), ("reviews", seen), ("salaries", paid)):
        checked = check(f"SELECT employee_id FROM {view}", frozenset(views))
        assert {row[0] for row in source.database.run(checked, views).rows} == expected
