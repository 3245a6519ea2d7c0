"""Random clients and callers: REST, tools, reports, changes and SQL show what a filter lets through.

The filter (`permission_worlds.sees`) asks of each row whether the caller may see it. Lists and sums are
compared with the rows it leaves. Every answer, whatever it computes, is compared with what somebody without
limits is told in a second company that has those rows only, and is searched for marks of the other rows.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MethodType
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.memory import InMemorySaver

from agents.client.graph import build_graph
from narutalk.errors import NaruTalkError
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from services.client.resources import ClientResources
from tests.unit.services.client.conftest import NO_IMPORTS, serve_routes
from tests.unit.services.client.permission_worlds import (
    Databases,
    World,
    callers,
    leaked,
    opened_databases,
    unlimited,
    worlds,
)
from tests.unit.services.tool_calls import use_tool
from tools.adhoc.tool import build_sql_tool
from tools.changing import approval_of
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.reports.drafts import draft_report
from tools.clients.reports.requests import ReportKind, ReportWanted
from tools.clients.store import ClientStore
from tools.clients.tools import build_client_tools
from tools.reports.files import ReportFiles

NO_REPORTS = ReportFiles(Path(), lambda: datetime.now(UTC), company="", lifetime=timedelta(1))
EXAMPLES = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


class Side(NamedTuple):
    """A company as one caller meets it."""

    store: ClientStore
    ledger: ChangeLedger
    reports: ReportFiles
    who: Identity

    def resources(self) -> ClientResources:
        return ClientResources(self.store, self.ledger, NO_IMPORTS, self.reports)

    def tools(self) -> dict[str, BaseTool]:
        sql = build_sql_tool("query_clients", self.store.sql_sources())
        return {tool.name: tool for tool in (*build_client_tools(self.store, self.ledger), sql)}


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Databases, Databases]]:
    folder = tmp_path_factory.mktemp("permissions")
    with opened_databases(folder / "whole") as whole, opened_databases(folder / "part") as part:
        yield whole, part


def _sides(databases: tuple[Databases, Databases], world: World, who: Identity) -> tuple[Side, Side]:
    """Return the company as a person meets it, and as they would without limits, had it only their rows."""
    whole, part = (
        side.fill(rows.tables()) for side, rows in zip(databases, (world, world.of(who)), strict=True)
    )
    covered = whole.covered()
    # Which days the data cover is told to everybody.
    part.covered = MethodType(lambda _self: covered, part)  # type: ignore[method-assign]
    mine, theirs = (side.ledger() for side in databases)
    return Side(whole, mine, NO_REPORTS, who), Side(part, theirs, NO_REPORTS, unlimited(who))


Request = tuple[str, str, dict[str, Any]]


def _requests(world: World) -> Iterator[Request]:
    yield "GET", "/clients", {"limit": 100}
    yield "GET", "/transactions", {"limit": 100}
    yield "GET", "/contracts", {"limit": 100}
    for name in ("Hanbit", "새온", "Saeon Clinic", *(client["name_en"] for client in world.clients)):
        yield "GET", "/clients", {"name": name}
    for region in ("SEO", "부산"):
        for path in ("/clients", "/transactions", "/contracts"):
            yield "GET", path, {"region": region}
    for owner in ("E0001", "Park Jihun"):
        yield "GET", "/clients", {"owner": owner}
    for client_id in (*(client["id"] for client in world.clients), "C0099"):
        yield "GET", f"/clients/{client_id}", {}
        yield "GET", f"/clients/{client_id}/changes", {}
        yield "GET", "/transactions", {"client_id": client_id}
        yield "GET", "/contracts", {"client_id": client_id}
        yield "POST", "/analyze", {"analysis_type": "general", "client_id": client_id}
    for kind in ("general", "sales", "churn", "contracts"):
        yield "POST", "/analyze", {"analysis_type": kind, "period": "2025-10..2026-12"}


async def _answers(side: Side, requests: list[Request]) -> list[tuple[int, Any]]:
    answers = []
    async with serve_routes(side.resources(), side.who) as client:
        for method, path, given_ in requests:
            how = {"params": given_} if method == "GET" else {"json": given_}
            response = await client.request(method, path, **how)  # type: ignore[arg-type]
            body = response.json()
            if "error" in body:
                body["error"].pop("request_id", None)
            answers.append((response.status_code, body))
    return answers


@EXAMPLES
@given(world=worlds(), who=callers())
def test_rest_tells_what_the_slow_filter_lets_through(
    databases: tuple[Databases, Databases], world: World, who: Identity
) -> None:
    limited, part = _sides(databases, world, who)
    seen = world.of(who)
    requests = list(_requests(world))

    answers = asyncio.run(_answers(limited, requests))

    for request, answer, expected in zip(
        requests, answers, asyncio.run(_answers(part, requests)), strict=True
    ):
        assert answer == expected, request
        assert not leaked(answer, request, world, seen), request
    clients, transactions, contracts = (answer[1] for answer in answers[:3])
    assert {row["id"] for row in clients["clients"]} == {row["id"] for row in seen.clients}
    assert {row["id"] for row in contracts["contracts"]} == {row["id"] for row in seen.contracts}
    assert {row["id"] for row in transactions["transactions"]} == {row["id"] for row in seen.transactions}
    assert transactions["net_amount_krw"] == sum(row["amount_krw"] for row in seen.transactions)
    assert (clients["total"], contracts["total"], transactions["total"]) == (
        len(seen.clients),
        len(seen.contracts),
        len(seen.transactions),
    )
    for (_, path, _), (status, _) in zip(requests, answers, strict=True):
        client_id = path.removeprefix("/clients/")
        if client_id in {row["id"] for row in world.clients}:
            assert status == (200 if client_id in {row["id"] for row in seen.clients} else 404)


ALL_DAYS = "2025-10..2026-10"
NAMES = ("Hanbit", "새온", "Saeon")
WHOLE: dict[str, list[dict[str, Any]]] = {
    "list_clients": [{}, {"region": "Busan"}, {"owner": "Park Jihun"}, {"owner": "E0002"}],
    "client_contracts": [{}, {"status": "active"}, {"period": "2026-12"}, {"auto_renewal": False}],
    "sales_totals": [
        {"period": ALL_DAYS, "group_by": group}
        for group in (None, "region", "type", "product", "category", "month", "owner")
    ]
    + [{"period": ALL_DAYS, "owner": "E0001"}, {"period": ALL_DAYS, "region": "SEO"}],
    "top_clients": [{"period": ALL_DAYS}, {"period": ALL_DAYS, "order": "bottom", "region": "BUS"}],
    "top_products": [{"period": ALL_DAYS}],
    "returned_goods": [{"period": ALL_DAYS, "group_by": group} for group in ("product", "client", "region")],
    "unpaid_transactions": [{}, {"group_by": "region"}, {"owner": "E0001"}],
    "clients_at_risk": [{}, {"owner": "E0001"}],
    "rfm_segments": [{"period": ALL_DAYS}],
    "sales_concentration": [{"period": ALL_DAYS}],
    "receivables_ageing": [{}, {"region": "SEO"}],
    "sales_trend": [{}, {"owner": "E0003"}],
    "client_changes": [{"direction": "grew", "period": "2026-H1"}, {"direction": "shrank"}],
}
OF_A_CLIENT = (
    *("find_client", "client_transactions", "client_contracts", "unpaid_transactions", "clients_at_risk"),
    *("receivables_ageing", "sales_trend", "client_story"),
)
STATEMENTS = (
    "SELECT * FROM clients ORDER BY id",
    "SELECT * FROM contracts ORDER BY id",
    "SELECT * FROM transactions ORDER BY id",
    "SELECT region_code, SUM(amount_krw), COUNT(*) FROM transactions GROUP BY region_code ORDER BY 1",
    "SELECT COUNT(*) FROM clients c LEFT JOIN contracts k ON k.client_id = c.id",
    "SELECT id FROM clients WHERE grade = 'A' OR 1 = 1 ORDER BY id",
    "WITH x AS (SELECT id FROM clients EXCEPT SELECT client_id FROM contracts) SELECT * FROM x ORDER BY id",
)


def _calls(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, given_ in WHOLE.items():
        yield from ((name, {key: value for key, value in one.items() if value is not None}) for one in given_)
    for client in (*NAMES, *(row["id"] for row in world.clients), *(row["name_ko"] for row in world.clients)):
        yield from ((name, {"client": client}) for name in OF_A_CLIENT)
    yield from (("query_clients", {"sql": statement}) for statement in STATEMENTS)


def _without_queries(answer: Any) -> Any:
    if isinstance(answer[1], dict):
        return answer[0], {name: value for name, value in answer[1].items() if name != "queries"}
    return answer


@EXAMPLES
@given(world=worlds(), who=callers())
def test_tools_tell_what_the_slow_filter_lets_through(
    databases: tuple[Databases, Databases], world: World, who: Identity
) -> None:
    limited, part = _sides(databases, world, who)
    seen = world.of(who)
    mine, theirs = limited.tools(), part.tools()
    reading = {name for name, tool in mine.items() if not approval_of(tool)}
    assert reading == {name for name, _ in _calls(world)}

    for name, given_ in _calls(world):
        answer = use_tool(mine[name], limited.who, given_)
        expected = use_tool(theirs[name], part.who, given_)
        assert _without_queries(answer) == _without_queries(expected), (name, given_)
        assert not leaked(answer, given_, world, seen), (name, given_)
    total = use_tool(mine["sales_totals"], who, {"period": ALL_DAYS})[1]["total"]
    assert total["amount_krw"] == sum(row["amount_krw"] for row in seen.transactions)
    for view, rows in (
        ("clients", seen.clients),
        ("contracts", seen.contracts),
        ("transactions", seen.transactions),
    ):
        found = use_tool(mine["query_clients"], who, {"sql": f"SELECT id FROM {view} ORDER BY id"})[1]["rows"]
        assert [row[0] for row in found] == [row["id"] for row in rows]


REPORTS = [
    ReportWanted(kind=ReportKind.SALES, period=ALL_DAYS),
    ReportWanted(kind=ReportKind.SALES, period=ALL_DAYS, region="Busan"),
    ReportWanted(kind=ReportKind.SALES, period=ALL_DAYS, owner="Park Jihun"),
    ReportWanted(kind=ReportKind.CONCENTRATION, period=ALL_DAYS),
    ReportWanted(kind=ReportKind.CHURN),
    ReportWanted(kind=ReportKind.RECEIVABLES),
    ReportWanted(kind=ReportKind.CONTRACTS),
]


def _drafted(side: Side, wanted: ReportWanted, language: Language) -> Any:
    """Return what a report says in any format, but for whose rights it was made with, and its SQL."""
    try:
        draft = draft_report(side.store, side.who, wanted, language)
    except NaruTalkError as error:
        return error.code, error.message, error.details
    sections = tuple(replace(section, queries=()) for section in draft.sections)
    return asdict(replace(draft, rights=(), sections=sections))


@EXAMPLES
@given(world=worlds(), who=callers(), language=st.sampled_from(Language))
def test_reports_tell_what_the_slow_filter_lets_through(
    databases: tuple[Databases, Databases], world: World, who: Identity, language: Language
) -> None:
    limited, part = _sides(databases, world, who)
    seen = world.of(who)
    stories = [ReportWanted(kind=ReportKind.STORY, client=row["id"]) for row in world.clients]

    for wanted in (*REPORTS, *stories):
        told = _drafted(limited, wanted, language)
        assert told == _drafted(part, wanted, language), wanted
        assert not leaked(told, wanted.model_dump(mode="json"), world, seen), wanted


CHANGES: list[tuple[str, Callable[[dict[str, Any], str], dict[str, Any]]]] = [
    ("update_client", lambda client, _: {"client": client["id"], "phone": "02-111-2222"}),
    ("update_client", lambda client, _: {"client": client["name_en"], "phone": "02-111-2222"}),
    ("add_contract_note", lambda _, contract_id: {"contract": contract_id, "text": "hello"}),
    ("add_contract_note", lambda client, _: {"contract": client["name_ko"], "text": "hello"}),
    ("renew_contract", lambda _, contract_id: {"contract": contract_id}),
    ("close_contract", lambda _, contract_id: {"contract": contract_id}),
    ("undo_change", lambda client, _: {"change": f"change-{client['id']}"}),
    ("undo_change", lambda _client, _contract_id: {}),
]


def _proposed(side: Side, name: str, given_: dict[str, Any]) -> Any:
    tool = side.tools()[name]
    approval = approval_of(tool)
    assert approval is not None
    try:
        args = tool.args_schema(**given_)  # type: ignore[operator, misc]
        return approval.propose(side.who, args, Language.EN).model_dump(mode="json")
    except NaruTalkError as error:
        return error.code, error.message, error.details


@EXAMPLES
@given(world=worlds(), who=callers())
def test_nobody_proposes_a_change_of_what_they_do_not_see(
    databases: tuple[Databases, Databases], world: World, who: Identity
) -> None:
    limited, part = _sides(databases, world, who)
    seen = world.of(who)
    visible = {row["id"] for row in seen.clients}
    changes_all = bool(who.roles & {Role.MANAGER, Role.ADMIN})
    for client in world.clients:
        contract_id = next(
            (row["id"] for row in world.contracts if row["client_id"] == client["id"]), "K00099"
        )
        for name, build in CHANGES:
            given_ = build(client, contract_id)
            answer = _proposed(limited, name, given_)
            assert answer == _proposed(part, name, given_), (name, given_)
            assert not leaked(answer, given_, world, seen), (name, given_)
            if given_.get("client") == client["id"]:
                is_proposed = isinstance(answer, dict)
                mine = who.employee_id == client["owner_id"]
                assert is_proposed is (client["id"] in visible and (changes_all or mine)), answer


QUESTIONS = ("Tell me about {}", "{}의 매출을 알려줘", "Which clients shrank?", "Top 5 clients in 2026")


@settings(EXAMPLES, max_examples=8)
@given(world=worlds(), who=callers())
def test_neither_the_agent_nor_how_it_got_there_tells_of_what_is_not_seen(
    databases: tuple[Databases, Databases], world: World, who: Identity
) -> None:
    limited, part = _sides(databases, world, who)
    seen = world.of(who)

    async def talk(side: Side, question: str) -> tuple[str, str]:
        graph = build_graph(OfflineChatModel(), side.store, side.ledger, side.reports, InMemorySaver())
        config: Any = run_config(side.who)
        config["configurable"]["thread_id"] = "1"
        told = []
        for text in (question, "How did you get this?"):
            messages = (await graph.ainvoke({"messages": [HumanMessage(text)]}, config))["messages"]
            told.append(messages[-1].text)
        return told[0], told[1]

    far = next((row for row in world.clients if row not in seen.clients), world.clients[0])
    for question in (question.format(far["name_en"]) for question in QUESTIONS):
        answer, explanation = asyncio.run(talk(limited, question))
        assert answer == asyncio.run(talk(part, question))[0], question
        assert not leaked([answer, explanation], question, world, seen), question


@settings(EXAMPLES, max_examples=1)
@given(world=worlds())
def test_who_has_no_role_is_told_nothing(databases: tuple[Databases, Databases], world: World) -> None:
    nobody = Identity(user_id="7", username="nobody", roles=frozenset(), groups=frozenset({"analyst"}))
    side = _sides(databases, world, Identity(user_id="m", username="m", roles=frozenset({Role.MANAGER})))[0]
    side = side._replace(who=nobody)

    answers = asyncio.run(_answers(side, list(_requests(world))))

    assert {status for status, _ in answers} == {403}
    for name, given_ in _calls(world):
        answer = use_tool(side.tools()[name], nobody, given_)
        assert answer[0] == "forbidden", (name, given_)
