"""Random companies and callers: REST, tools and reports show of people what a slow filter lets through.

The filter asks of each single row whether the caller may see it, by walking up the manager chain.
"""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings

from narutalk.errors import TellTheModel
from narutalk.identity import Identity, Role
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.employee.reports import router as making_router
from services.employee.resources import EmployeeResources
from services.employee.routes import router
from tests.unit.services.employee.permission_worlds import (
    ROLES,
    TIES,
    Person,
    build_caller,
    companies,
    opened_company,
    sees,
)
from tools.adhoc.checking import check
from tools.employees.arguments import (
    AnomaliesArgs,
    AttendanceRankingArgs,
    Measure,
    PersonArgs,
    PersonPeriodArgs,
    StatisticsArgs,
)
from tools.employees.development_work import DevelopmentWork
from tools.employees.grouping import GroupBy
from tools.employees.results.counts import AttendanceStatistics
from tools.employees.store import EmployeeStore
from tools.employees.tools import EmployeeWork


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
    max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
@given(companies(), ROLES, TIES)
def test_each_answer_shows_what_the_slow_filter_lets_through(
    people: list[Person], roles: tuple[Role, ...], ties: list[str]
) -> None:
    who = build_caller(roles, ties)
    seen = {person.id for person in people if sees(who, person, people)}
    paid = {person.id for person in people if sees(who, person, people, salary=True)}
    with opened_company(people) as opened:
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
    ranked = _told(
        lambda: DevelopmentWork(store).attendance_ranking(who, AttendanceRankingArgs(period="2026-10"))
    )
    if ranked is not None:
        late = {person.id: person.late for person in people if person.id in seen}
        assert ranked.compared == len(seen)
        assert {entry.person.id: entry.value for entry in ranked.entries} == {
            key: days for key, days in late.items() if days
        }
        assert [entry.value for entry in ranked.entries] == sorted(
            (days for days in late.values() if days), reverse=True
        )
    asked = StatisticsArgs(measure=Measure.ATTENDANCE, group_by=GroupBy.DEPARTMENT, period="2026-10")
    told = work.statistics(who, asked)
    assert isinstance(told, AttendanceStatistics)
    _check_groups(told, people, seen)


def _check_groups(told: AttendanceStatistics, people: list[Person], seen: set[str]) -> None:
    """Groups that are shown are right; of people who are not seen, neither they nor what is left has few."""
    left = {person.id for person in people} - seen
    for group in told.groups:
        members = [person for person in people if person.department == group.key]
        unseen = {person.id for person in members} - seen
        if group.withheld:
            assert unseen
            assert group.late_days == group.working_days == 0
        else:
            assert group.late_days == sum(person.late for person in members)
            assert not unseen or len(unseen) >= 5
            left -= unseen
    if not told.total.withheld:
        assert told.total.late_days == sum(person.late for person in people)
        assert not left or len(left) >= 5


def _check_sql(store: EmployeeStore, who: Identity, seen: set[str], paid: set[str]) -> None:
    (source,) = store.sql_sources()
    views = source.views(who)
    for view, expected in (("attendance", seen), ("reviews", seen), ("salaries", paid)):
        checked = check(f"SELECT employee_id FROM {view}", frozenset(views))
        assert {row[0] for row in source.database.run(checked, views).rows} == expected
