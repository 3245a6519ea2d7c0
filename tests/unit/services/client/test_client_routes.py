"""The client service's REST routes, over the small company of `tests.unit.tools.clients.sample`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from narutalk.identity import Identity, Role
from narutalk.settings import Settings, load_settings
from services.client.resources import ClientResources, check_databases, open_resources
from tests.unit.services.client.conftest import NO_IMPORTS, ClientFor, serve_routes
from tests.unit.tools.clients.sample import TINY, open_company
from tests.unit.tools.reports.samples import reports_in
from tools.changing import ApprovedCall
from tools.clients.changes.arguments import UpdateClient
from tools.clients.changes.planning import Planner
from tools.clients.database import migrate_clients

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, ["C0001", "C0002", "C0003", "C0004"]),
        ({"client_type": "pharmacy"}, ["C0003", "C0004"]),
        ({"region": "부산"}, ["C0002", "C0003"]),
        ({"region": "SEO", "grade": "A"}, ["C0001"]),
        ({"status": "inactive"}, ["C0004"]),
        ({"owner": "김민수"}, ["C0001"]),
        ({"owner": "Park Jihun", "region": "Busan"}, ["C0002", "C0003"]),
        ({"name": "hanbit"}, ["C0001", "C0002"]),
        ({"name": "약국"}, ["C0003", "C0004"]),
        ({"name": "C0003"}, ["C0003"]),
        ({"name": "nobody"}, []),
    ],
)
async def test_clients_are_filtered(
    client_for: ClientFor, user: Identity, params: dict[str, str], ids: list[str]
) -> None:
    async with client_for(user) as client:
        page = (await client.get("/clients", params=params)).json()
    assert [entry["id"] for entry in page["clients"]] == ids
    assert page["total"] == len(ids)


async def test_pages_follow_each_other(client_for: ClientFor, user: Identity) -> None:
    async with client_for(user) as client:
        first = (await client.get("/clients", params={"limit": 3})).json()
        second = (await client.get("/clients", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert (first["total"], second["total"]) == (4, None)
    assert [entry["id"] for entry in second["clients"]] == ["C0004"]
    assert second["next_cursor"] is None


async def test_one_client(client_for: ClientFor, user: Identity) -> None:
    async with client_for(user) as client:
        found = await client.get("/clients/C0001")
        missing = await client.get("/clients/C9999")
    assert found.json()["name"] == {"en": "Hanbit Central Hospital", "ko": "한빛중앙병원"}
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "client_not_found"


@pytest.mark.parametrize(
    ("params", "ids", "net"),
    [
        ({"client_id": "C0001"}, ["T000003", "T000002", "T000001"], 5_000),
        ({"period": "2026-Q3", "region": "Busan"}, ["T000005", "T000004"], 5_000),
        ({"product": "카디벨", "payment_status": "overdue"}, ["T000004", "T000007"], 2_400),
        ({"kind": "return"}, ["T000003"], -1_000),
        ({"min_amount_krw": 2_000, "max_amount_krw": 3_000}, ["T000005", "T000004"], 5_000),
        ({"client_type": "clinic", "period": "2026-09"}, ["T000005"], 3_000),
        ({"client_id": "C9999"}, [], 0),
    ],
)
async def test_transactions_are_filtered(
    client_for: ClientFor, user: Identity, params: dict[str, Any], ids: list[str], net: int
) -> None:
    async with client_for(user) as client:
        page = (await client.get("/transactions", params=params)).json()
    assert [entry["id"] for entry in page["transactions"]] == ids
    assert (page["total"], page["net_amount_krw"]) == (len(ids), net)


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({}, ["K00001", "K00004", "K00002", "K00003"]),
        ({"client_id": "C0001", "status": "active"}, ["K00002"]),
        ({"period": "next_90_days"}, ["K00002"]),
        ({"region": "부산"}, ["K00003"]),
        ({"client_type": "pharmacy"}, ["K00004"]),
    ],
)
async def test_contracts_are_filtered(
    client_for: ClientFor, user: Identity, params: dict[str, str], ids: list[str]
) -> None:
    async with client_for(user) as client:
        page = (await client.get("/contracts", params=params)).json()
    assert [entry["id"] for entry in page["contracts"]] == ids


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/clients", {"limit": 101}),
        ("/clients", {"limit": 0}),
        ("/clients", {"offset": 20}),
        ("/clients", {"grade": "Z"}),
        ("/clients", {"region": "Atlantis"}),
        ("/clients", {"owner": "Park Jihun"}),
        ("/clients", {"client_type": "bakery"}),
        ("/transactions", {"period": "soon"}),
        ("/transactions", {"product": "Nothing"}),
        ("/transactions", {"min_amount_krw": "much"}),
        ("/contracts", {"status": "lost"}),
    ],
)
async def test_what_is_malformed_is_refused(
    client_for: ClientFor, user: Identity, path: str, params: dict[str, str]
) -> None:
    async with client_for(user) as client:
        answer = await client.get(path, params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_input"


async def test_analyses(client_for: ClientFor, user: Identity) -> None:
    async with client_for(user) as client:
        general = await client.post(
            "/analyze", json={"client_id": "C0001", "analysis_type": "general", "period": "2026-Q3"}
        )
        sales = await client.post("/analyze", json={"analysis_type": "sales"})
        churn = await client.post("/analyze", json={"analysis_type": "churn"})
        contracts = await client.post("/analyze", json={"analysis_type": "contracts"})
    body = general.json()
    assert body["client"]["name"]["ko"] == "한빛중앙병원"
    assert body["period"] == {"start": "2026-07-01", "end": "2026-09-30", "assumed": False}
    assert (body["result"]["net_sales_krw"], body["result"]["return_rate"]) == (4_000, 0.2)
    assert sales.json()["period"] == {"start": "2025-11-01", "end": "2026-10-31", "assumed": True}
    assert sales.json()["result"]["net_sales_krw"] == 10_100
    assert churn.json()["result"]["as_of"] == "2026-10-31"
    assert contracts.json()["result"]["expiring"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_input"),
        ({"analysis_type": "magic"}, 422, "invalid_input"),
        ({"analysis_type": "sales", "period": "soon"}, 422, "invalid_input"),
        ({"analysis_type": "sales", "user_id": "1"}, 422, "invalid_input"),
        ({"analysis_type": "sales", "client_id": "C9999"}, 404, "client_not_found"),
    ],
)
async def test_a_wrong_analysis_is_refused(
    client_for: ClientFor, user: Identity, body: dict[str, str], status: int, code: str
) -> None:
    async with client_for(user) as client:
        answer = await client.post("/analyze", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/clients", "/clients/C0001", "/transactions", "/contracts"])
async def test_nobody_without_a_role_reads_anything(client_for: ClientFor, path: str) -> None:
    async with client_for(Identity(user_id="x", username="x", roles=frozenset())) as client:
        assert (await client.get(path)).status_code == 403
        assert (await client.post("/analyze", json={"analysis_type": "general"})).status_code == 403


async def test_resources_open_over_empty_databases(settings: Settings) -> None:
    migrate_clients(settings)
    async with open_resources(settings) as opened:
        await check_databases(opened)
        assert opened.store.covered() is None


async def test_who_may_change_a_client_sees_who_changed_it(changed: ClientFor, user: Identity) -> None:
    manager = user.model_copy(update={"roles": frozenset({Role.MANAGER})})
    owner = user.model_copy(update={"groups": frozenset({"employee:E0001"})})
    for caller in (manager, owner):
        async with changed(caller) as client:
            first = (await client.get("/clients/C0001/changes", params={"limit": 1})).json()
            rest = (
                await client.get(
                    "/clients/C0001/changes", params={"limit": 1, "cursor": first["next_cursor"]}
                )
            ).json()
        assert (first["total"], rest["next_cursor"]) == (2, None)
        assert [entry["after"] for entry in first["changes"] + rest["changes"]] == [
            {"grade": "C"},
            {"grade": "B"},
        ]
        assert first["changes"][0]["approved_by"] == "max"


async def test_others_do_not(changed: ClientFor, user: Identity) -> None:
    elsewhere = user.model_copy(update={"groups": frozenset({"region:BUS"})})
    for caller, status, code in ((user, 403, "change_forbidden"), (elsewhere, 404, "client_not_found")):
        async with changed(caller) as client:
            answer = await client.get("/clients/C0001/changes")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[ClientFor]:
    """The routes over a company in which Max has changed a client twice."""
    max_ = Identity(user_id="m", username="max", roles=frozenset({Role.MANAGER}))
    with open_company(load_settings(data_dir=tmp_path, _env_file=None), TINY) as (store, ledger):
        planner = Planner(store, ledger)
        for grade in ("B", "C"):
            plan = planner.update(max_, UpdateClient.model_validate({"client": "C0001", "grade": grade}))
            ledger.make(plan, max_, ApprovedCall(str(uuid4()), {}, "why", "m", "max", None, None))
        yield partial(serve_routes, ClientResources(store, ledger, NO_IMPORTS, reports_in(tmp_path)))
