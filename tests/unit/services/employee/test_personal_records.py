"""Random companies and callers: no salary, review or attendance of a person is told to who may not see it.

Each of these figures and texts is one person's alone. Every tool, route and report is asked for each person,
and the answers, with charts, sources and SQL, are searched for what the slow filter does not let through.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from langchain_core.tools import BaseTool

from narutalk.identity import Identity, Role
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.employee.reports import router as making_router
from services.employee.resources import EmployeeResources
from services.employee.routes import router
from services.reports import router as reports_router
from tests.unit.services.employee.permission_worlds import (
    MONTH,
    ROLES,
    TIES,
    Person,
    build_caller,
    companies,
    opened_company,
    overtime_of,
    praise_of,
    salary_of,
    sales_of,
    sees,
)
from tests.unit.services.tool_calls import use_tool
from tests.unit.tools.reports.reading import held_by, told_by
from tools.adhoc.tool import build_sql_tool
from tools.employees.reports.requests import ReportKind
from tools.employees.tools import build_employee_tools
from tools.reports.files import ReportFormat

EXAMPLES = settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
FORMATS: tuple[ReportFormat, ...] = ("html", "pdf", "xlsx")
REPORTED = 2
PERIOD = f"{MONTH:%Y-%m}"
OF_A_PERSON = (
    *("find_employee", "employee_sales", "employee_attendance", "employee_record", "employee_salary"),
    "sales_development",
)
OF_ALL: dict[str, list[dict[str, Any]]] = {
    "department_statistics": [
        {"measure": measure, "group_by": by, "period": PERIOD}
        for measure in ("headcount", "sales", "attendance")
        for by in ("total", "department", "region", "position")
    ],
    "top_performers": [{"period": PERIOD}],
    "list_employees": [{}, {"department": "SAL"}],
    "sales_development": [{}],
    "staff_turnover": [{"period": "2026"}],
    "salary_statistics": [{"statistic": "mean"}, {"statistic": "median", "group_by": "region"}],
    "attendance_ranking": [
        {"period": PERIOD, "measure": "overtime_hours"},
        {"period": PERIOD, "measure": "overtime_hours", "count": 1, "department": "LOG"},
    ],
    "attendance_anomalies": [{"period": PERIOD}, {"period": PERIOD, "department": "LOG"}],
    "query_employees": [
        {"sql": sql}
        for sql in (
            "SELECT * FROM salaries",
            "SELECT * FROM reviews",
            "SELECT * FROM attendance",
            "SELECT e.id, s.annual_krw FROM employees e LEFT JOIN salaries s ON s.employee_id = e.id",
            "SELECT MAX(annual_krw), MIN(annual_krw) FROM salaries",
            "SELECT employee_id FROM attendance WHERE overtime_hours > 0 OR 1 = 1",
        )
    ],
}


def _hidden(people: list[Person], who: Identity) -> set[str]:
    """Return what stands in the rows that a caller may not see."""
    personal = [person for person in people if not sees(who, person, people)]
    unpaid = [person for person in people if not sees(who, person, people, salary=True)]
    marks = {str(overtime_of(person)) for person in personal} | {praise_of(person) for person in personal}
    return marks | {str(salary_of(person)) for person in unpaid}


def _found(answer: Any, marks: set[str]) -> set[str]:
    if isinstance(answer, str):
        return held_by(answer, marks)
    told = json.dumps(answer, ensure_ascii=False, default=str).replace(",", "")
    return {mark for mark in marks if mark in told}


def _calls(people: list[Person]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, arguments in OF_ALL.items():
        yield from ((name, one) for one in arguments)
    for name in OF_A_PERSON:
        yield from ((name, {"employee": called}) for called in ("me", *(person.id for person in people)))


@EXAMPLES
@given(companies(), ROLES, TIES)
def test_no_tool_tells_of_anybody_whom_the_caller_may_not_see(
    people: list[Person], roles: tuple[Role, ...], ties: list[str]
) -> None:
    who = build_caller(roles, [*ties, "analyst"])
    hidden = _hidden(people, who)
    with opened_company(people) as opened:
        sql = build_sql_tool("query_employees", opened.store.sql_sources())
        tools: dict[str, BaseTool] = {tool.name: tool for tool in (*build_employee_tools(opened.store), sql)}
        assert set(tools) == {name for name, _ in _calls(people)}
        for name, arguments in _calls(people):
            assert not _found(use_tool(tools[name], who, arguments), hidden), (name, arguments)
        for person in people:
            paid = use_tool(tools["employee_salary"], who, {"employee": person.id})
            is_told = bool(_found(paid, {str(salary_of(person))}))
            assert is_told is sees(who, person, people, salary=True)
            record = use_tool(tools["employee_record"], who, {"employee": person.id})
            assert bool(_found(record, {praise_of(person)})) is sees(who, person, people)


async def _rest(
    opened: EmployeeResources, who: Identity, people: list[Person]
) -> list[tuple[Person | None, Any]]:
    """Return the answers of all routes, with the reports of each person and of all."""
    app = FastAPI()
    app.state.server = SimpleNamespace(resources=opened)
    for each in (router, making_router, reports_router):
        app.include_router(each)
    app.dependency_overrides[caller] = lambda: who
    add_error_handlers(app)
    told: list[tuple[Person | None, Any]] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://e") as client:
        told.append((None, (await client.get("/employees", params={"limit": 100})).json()))
        for by in ("department", "region", "position"):
            stats = await client.get("/stats", params={"group_by": by, "period": PERIOD})
            told.append((None, stats.raise_for_status().json()))
        for place, person in enumerate((None, *people)):
            whom = {"employee_id": person.id} if person else {}
            if person:
                told.append((None, (await client.get(f"/employees/{person.id}")).json()))
            for kind in ("general", "performance", "sales", "attendance"):
                asked = {**whom, "analysis_type": kind, "period": PERIOD}
                told.append((None, (await client.post("/analyze", json=asked)).json()))
            if person is None or person in people[:REPORTED]:  # a report takes its time
                told += [entry async for entry in _reports(client, person, people, place)]
    return told


async def _reports(
    client: httpx.AsyncClient, person: Person | None, people: list[Person], place: int
) -> AsyncIterator[tuple[Person | None, Any]]:
    """Give the reports on somebody, or on all; those on sales with whom they are on.

    Each kind is made in another format at each place, so that three places have all of them.
    """
    whom = {"employee_id": person.id} if person else {}
    for number, kind in enumerate(ReportKind):
        file_format = FORMATS[(number + place) % len(FORMATS)]
        asked = {**whom, "kind": kind.value, "period": PERIOD, "format": file_format}
        made = await client.post("/reports", json=asked)
        if kind is not ReportKind.SALES and made.is_client_error:
            yield None, made.json()
            continue
        file = (await client.get(made.raise_for_status().json()["url"])).raise_for_status()
        yield (
            (person or people[0]._replace(id="")) if kind is ReportKind.SALES else None,
            told_by(file.content, file_format),
        )


@settings(EXAMPLES, max_examples=8)
@given(companies(), ROLES, TIES)
def test_no_route_and_no_report_tells_of_anybody_whom_the_caller_may_not_see(
    people: list[Person], roles: tuple[Role, ...], ties: list[str]
) -> None:
    who = build_caller(roles, ties)
    hidden = _hidden(people, who)
    with opened_company(people) as opened:
        told = asyncio.run(_rest(opened, who, people))
    for reported, answer in told:
        assert not _found(answer, hidden), answer
        if reported is not None:
            sold = sales_of(reported) if reported.id else sum(sales_of(person) for person in people)
            assert _found(answer, {str(sold)})
            # A report says what everybody may read, whoever made it: it is sent on.
            everything = {str(overtime_of(person)) for person in people}
            assert not _found(answer, everything | {str(salary_of(person)) for person in people})


@pytest.mark.asyncio
async def test_a_report_is_its_makers_alone() -> None:
    people = [Person("E0000", None, "SAL", "SEO", 0)]
    with opened_company(people) as opened:
        maker, other = (
            build_caller((), []),
            build_caller((Role.ADMIN,), []).model_copy(update={"user_id": "other"}),
        )
        await _rest(opened, maker, people)
        [report, *_] = opened.reports.list(maker.user_id)
        app = FastAPI()
        app.state.server = SimpleNamespace(resources=opened)
        app.include_router(reports_router)
        app.dependency_overrides[caller] = lambda: other
        add_error_handlers(app)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://e") as client:
            assert (await client.get("/reports")).json()["total"] == 0
            for method in ("GET", "DELETE"):
                assert (await client.request(method, f"/reports/{report.id}")).status_code == 404
