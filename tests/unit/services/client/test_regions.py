"""Clients by region: a person limited to regions sees what somebody sees in a company without the others.

The slow, obviously right filter is a second company whose rows of other regions were left out. Every route,
every tool and the agent must answer a limited person over the whole company as they answer anybody there.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.routing import APIRoute

from agents.client.graph import build_graph
from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.identity import Identity, Role
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from services.client.resources import ClientResources
from services.client.routes import router
from tests.unit.services.client.conftest import NO_IMPORTS, serve_routes
from tests.unit.tools.clients.sample import CLIENTS, TINY, open_company, open_filled
from tests.unit.tools.reports.samples import reports_in
from tools.changing import approval_of
from tools.clients import arguments, insights, lookups
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.models import Client, ClientRegion, Contract, Product, Transaction
from tools.clients.permissions import limits_of
from tools.clients.records import ClientFilter
from tools.clients.store import ClientStore
from tools.clients.tools import build_client_tools
from tools.sample_company.generate import SampleData, generate


def _person(*groups: str, roles: tuple[Role, ...] = (Role.USER,)) -> Identity:
    return Identity(user_id="7", username="minsu", groups=frozenset(groups), roles=frozenset(roles))


ANYBODY = _person()
LIMITED = {
    frozenset({"BUS"}): _person("region:BUS"),
    frozenset({"DAE", "GWA"}): _person("region:DAE", "Region: gwa", "finance", roles=(Role.USER, Role.HR)),
}
UNLIMITED = (
    _person("finance", "regional sales"),
    _person("region:BUS", roles=(Role.USER, Role.MANAGER)),
    _person("region:BUS", roles=(Role.ADMIN,)),
)


class Companies(NamedTuple):
    """The whole company, and one without the other regions for each set of regions."""

    whole: ClientStore
    parts: dict[frozenset[str], ClientStore]
    ledgers: dict[ClientStore, ChangeLedger]


def _rows(data: SampleData, codes: frozenset[str] | None) -> dict[Any, Any]:
    def seen(row: Any) -> bool:
        return codes is None or row["region_code"] in codes

    clients = [row for row in data.clients if seen(row)]
    ids = {row["id"] for row in clients}
    return {
        ClientRegion: data.regions,
        Client: clients,
        Contract: [row for row in data.contracts if row["client_id"] in ids],
        Product: data.products,
        Transaction: [row for row in data.transactions if seen(row)],
    }


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    data = generate()
    with ExitStack() as stack:
        ledgers: dict[ClientStore, ChangeLedger] = {}

        def opened(codes: frozenset[str] | None) -> ClientStore:
            settings = load_settings(data_dir=tmp_path_factory.mktemp("company"), _env_file=None)
            store, ledger = stack.enter_context(open_company(settings, _rows(data, codes)))
            ledgers[store] = ledger
            return store

        yield Companies(opened(None), {codes: opened(codes) for codes in LIMITED}, ledgers)


@pytest.fixture(params=list(LIMITED), ids=lambda codes: "+".join(sorted(codes)))
def codes(request: pytest.FixtureRequest) -> frozenset[str]:
    chosen: frozenset[str] = request.param
    return chosen


def _clients(store: ClientStore, codes: frozenset[str], *, inside: bool) -> list[Any]:
    every = store.clients(ANYBODY, ClientFilter()).records
    return [client for client in every if (client.region_code in codes) is inside]


def _names(store: ClientStore, codes: frozenset[str]) -> list[str]:
    """Return names of clients of these and of other regions, whole, in part, and misspelt."""
    near, far = _clients(store, codes, inside=True)[0], _clients(store, codes, inside=False)[0]
    shared = far.name.en.split()[0]
    return [near.id, near.name.ko, far.id, far.name.ko, far.name.en, far.name.en[:-1], shared, "Nobody's"]


def _requests(store: ClientStore, codes: frozenset[str]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what is asked of the routes: method, path, and parameters or body."""
    near, far = _clients(store, codes, inside=True)[0].id, _clients(store, codes, inside=False)[0]
    asked: list[tuple[str, str, dict[str, Any]]] = [("GET", "/clients", {"limit": 100})]
    asked += [("GET", "/clients", {"name": name}) for name in _names(store, codes)]
    asked += [("GET", "/clients", {"region": region}) for region in ("Busan", "Seoul", "nowhere")]
    asked += [("GET", "/clients", {"owner": far.owner_id}), ("GET", "/clients", {"owner": far.owner.ko})]
    for client_id in (near, far.id, "C9999"):
        asked += [
            ("GET", f"/clients/{client_id}", {}),
            ("GET", f"/clients/{client_id}/changes", {}),
            ("GET", "/transactions", {"client_id": client_id}),
            ("GET", "/contracts", {"client_id": client_id}),
        ]
    asked += [
        ("GET", path, {"region": name}) for path in ("/transactions", "/contracts") for name in ("BUS", "SEO")
    ]
    asked += [
        ("GET", "/transactions", {"period": "2026-Q3", "limit": 100}),
        ("GET", "/contracts", {"limit": 100}),
    ]
    asked += [("POST", "/import", {"kind": "clients"}), ("GET", "/import/kinds", {}), ("GET", "/imports", {})]
    for kind in ("general", "sales", "churn", "contracts"):
        asked.append(("POST", "/analyze", {"analysis_type": kind}))
        asked += [("POST", "/analyze", {"analysis_type": kind, "client_id": one}) for one in (near, far.id)]
    return asked


async def _answer(
    opened: ClientResources, who: Identity, method: str, path: str, given: dict[str, Any]
) -> Any:
    async with serve_routes(opened, who) as client:
        how = {"params": given} if method == "GET" else {"json": given}
        response: httpx.Response = await client.request(method, path, **how)
    return response.status_code, {**response.json(), "error": _without_id(response.json().get("error"))}


def _without_id(error: Any) -> Any:
    return {key: value for key, value in error.items() if key != "request_id"} if error else None


@pytest.mark.asyncio
async def test_every_route_answers_as_in_a_company_without_the_others(
    companies: Companies, codes: frozenset[str], tmp_path: Path
) -> None:
    asked = _requests(companies.whole, codes)
    walked = {re.sub(r"/C\d+", "/{client_id}", path) for _, path, _ in asked}
    assert walked == {route.path for route in router.routes if isinstance(route, APIRoute)}

    whole, part = companies.whole, companies.parts[codes]
    resources = {
        store: ClientResources(store, companies.ledgers[store], NO_IMPORTS, reports_in(tmp_path))
        for store in (whole, part)
    }
    for request in asked:
        limited = await _answer(resources[whole], LIMITED[codes], *request)
        assert limited == await _answer(resources[part], ANYBODY, *request), request


LOOK_UPS: dict[str, Any] = {
    "find_client": (lookups.find_client, arguments.FindClient, {}),
    "list_clients": (lookups.list_clients, arguments.ListClients, {"grade": "A"}),
    "client_transactions": (lookups.client_transactions, arguments.GetTransactions, {"period": "2026"}),
    "client_contracts": (lookups.client_contracts, arguments.GetContracts, {"status": "active"}),
    "sales_totals": (lookups.sales_totals, arguments.SumSales, {"group_by": "region"}),
    "top_clients": (lookups.top_clients, arguments.RankClients, {"count": 20}),
    "top_products": (lookups.top_products, arguments.RankProducts, {"count": 20}),
    "returned_goods": (lookups.returned_goods, arguments.SumReturns, {"group_by": "client"}),
    "unpaid_transactions": (lookups.unpaid_transactions, arguments.GetUnpaid, {"group_by": "region"}),
    "clients_at_risk": (insights.clients_at_risk, arguments.GetRisks, {"grade": "A"}),
    "rfm_segments": (insights.rfm_segments, arguments.ScoreClients, {"period": "2026"}),
    "sales_concentration": (
        insights.sales_concentration,
        arguments.MeasureConcentration,
        {"period": "2026-Q3"},
    ),
    "receivables_ageing": (insights.receivables_ageing, arguments.AgeReceivables, {}),
    "sales_trend": (insights.sales_trend, arguments.FollowSales, {"category": "vaccine"}),
    "client_changes": (insights.client_changes, arguments.CompareClients, {"direction": "grew"}),
    "client_story": (insights.client_story, arguments.TellStory, {}),
}


def _calls(store: ClientStore, codes: frozenset[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    far = _clients(store, codes, inside=False)[0]
    for name, (_, schema, extra) in LOOK_UPS.items():
        fields = schema.model_fields
        is_required = fields.get("client") is not None and fields["client"].is_required()
        for more in ({}, extra) if not is_required else ():
            yield name, dict(more)
        if "client" in fields:
            yield from ((name, {"client": client, **extra}) for client in _names(store, codes))
        if "region" in fields:
            yield from ((name, {"region": region}) for region in ("Busan", "서울", "nowhere"))
        if "owner" in fields:
            yield from ((name, {"owner": owner}) for owner in (far.owner_id, far.owner.en))


def _told(store: ClientStore, who: Identity, name: str, given: dict[str, Any]) -> Any:
    look_up, schema, _ = LOOK_UPS[name]
    try:
        return look_up(store, who, schema(**given)).model_dump(mode="json")
    except (TellTheModel, RetryWithFix) as error:
        return type(error), error.message, error.details


def test_every_tool_answers_as_in_a_company_without_the_others(
    companies: Companies, codes: frozenset[str]
) -> None:
    tools = build_client_tools(companies.whole, companies.ledgers[companies.whole])
    assert {tool.name for tool in tools if not approval_of(tool)} == set(LOOK_UPS)
    differing = 0
    for name, given in _calls(companies.whole, codes):
        limited = _told(companies.whole, LIMITED[codes], name, given)
        assert limited == _told(companies.parts[codes], ANYBODY, name, given), (name, given)
        differing += limited != _told(companies.whole, ANYBODY, name, given)
    assert differing > len(LOOK_UPS), "the limit made no difference to what was asked"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "question", ["Tell me about {}", "How much did {} buy in 2026?", "{}의 계약을 알려줘"]
)
async def test_the_agent_does_not_let_on_that_a_client_exists(
    companies: Companies, question: str, tmp_path: Path
) -> None:
    codes = frozenset({"BUS"})

    async def ask(store: ClientStore, who: Identity, name: str) -> tuple[list[Any], str]:
        graph = build_graph(OfflineChatModel(), store, companies.ledgers[store], reports_in(tmp_path), None)
        asked = {"messages": [{"role": "user", "content": question.format(name)}]}
        messages = (await graph.ainvoke(asked, run_config(who)))["messages"]  # type: ignore[arg-type]
        calls = [(call["name"], call["args"]) for m in messages for call in getattr(m, "tool_calls", ())]
        return calls, messages[-1].text

    for name in _names(companies.whole, codes):
        limited = await ask(companies.whole, LIMITED[codes], name)
        assert limited == await ask(companies.parts[codes], ANYBODY, name), name


def test_a_hidden_name_does_not_stand_in_the_way_of_ones_own(tmp_path: Path) -> None:
    """Whole names come before parts of names: among all, the text would mean the pharmacy in Seoul only."""
    mine = {**CLIENTS[2], "name_en": "Dasom Pharmacy Annex", "name_ko": "다솜약국별관"}
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    with open_filled(settings, {**TINY, Client: [*CLIENTS[:2], mine, CLIENTS[3]]}) as store:
        for text in ("Dasom Pharmacy", "다솜약국"):
            assert store.resolve_client(ANYBODY, text).id == "C0004"
            assert store.resolve_client(_person("region:BUS"), text).id == "C0003"


@pytest.mark.parametrize("person", UNLIMITED)
def test_other_groups_and_managers_are_not_limited(companies: Companies, person: Identity) -> None:
    for name in LOOK_UPS:
        required = LOOK_UPS[name][1].model_json_schema().get("required", ())
        given = {"client": "C0001"} if "client" in required or name == "client_transactions" else {}
        assert _told(companies.whole, person, name, given) == _told(companies.whole, ANYBODY, name, given)
    assert companies.whole.clients(person, ClientFilter()).total == 1000


def test_a_group_of_an_unknown_region_opens_nothing(companies: Companies) -> None:
    for group in ("region:XXX", "region:", "REGION:"):
        lost = _person(group)
        assert limits_of(lost).regions is not None
        assert companies.whole.clients(lost, ClientFilter()).total == 0
        assert lookups.sales_totals(companies.whole, lost, arguments.SumSales()).total.count == 0
        with pytest.raises(TellTheModel, match="There is no client"):
            lookups.find_client(companies.whole, lost, arguments.FindClient(client="C0001"))
