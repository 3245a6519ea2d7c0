"""What the lists and reads of the employee and the client service promise over HTTP."""

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, update

from narutalk.db import build_engine, database_url
from narutalk.identity import Identity, Role
from narutalk.settings import load_settings
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.client.resources import ClientResources
from services.client.routes import router as client_router
from services.employee.resources import EmployeeResources
from services.employee.routes import router as employee_router
from services.imports import ImportService
from tests.unit.services.employee.conftest import resources_over
from tests.unit.tools.clients.sample import CLIENTS, TINY, open_company
from tests.unit.tools.employees.sample import fill
from tests.unit.tools.reports.samples import reports_in
from tools.clients.database import build_transaction_engine
from tools.clients.models import Transaction
from tools.employees.models import Employee
from tools.imports.catalogue import CLIENT_KINDS
from tools.imports.importer import Importer

USER = Identity(user_id="u1", username="user")
BUSAN = Identity(user_id="u2", username="busan", groups=frozenset({"region:BUS"}))
MANAGER = Identity(user_id="u3", username="manager", roles=frozenset({Role.MANAGER}))

LISTS = {
    "/employees": "employees",
    "/published-reports": "reports",
    "/clients": "clients",
    "/clients/C0001/changes": "changes",
    "/transactions": "transactions",
    "/contracts": "contracts",
}
READS = (*LISTS, "/stats", "/employees/E0002", "/clients/C0003")
repeated = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Services:
    """Both services' routes as one app, and what writes to their databases."""

    def __init__(
        self,
        employees: EmployeeResources,
        clients: ClientResources,
        people: Engine,
        trades: Engine,
    ) -> None:
        self.people = people
        self.trades = trades
        self._apps = ((employee_router, employees), (client_router, clients))

    def as_(self, identity: Identity, path: str) -> httpx.AsyncClient:
        """Return a client of the service that has the path."""
        is_employees = path.startswith(("/employees", "/published-reports", "/stats"))
        router, resources = self._apps[0 if is_employees else 1]
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(_app(router, resources, identity)), base_url="http://service"
        )


def _app(router: APIRouter, resources: Any, identity: Identity) -> FastAPI:
    app = FastAPI()
    app.state.server = SimpleNamespace(resources=resources)
    app.include_router(router)
    app.dependency_overrides[caller] = lambda: identity
    add_error_handlers(app)
    return app


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("reads")
    people = build_engine(database_url("", folder, "employees"))
    fill(people)
    loaded = load_settings(data_dir=folder, _env_file=None)
    trades = build_transaction_engine(loaded, read_only=False)
    with open_company(loaded, TINY) as company:
        no_imports = ImportService(Importer({}), CLIENT_KINDS, 0)
        clients = ClientResources(*company, imports=no_imports, reports=reports_in(folder))
        yield Services(resources_over(people, folder), clients, people, trades)
    trades.dispose()
    people.dispose()


async def _pages(client: httpx.AsyncClient, path: str, **params: Any) -> list[Any]:
    """Return all records, read page by page as the ``Link`` header says."""
    answer = await client.get(path, params=params)
    found = answer.json()[LISTS[path]]
    for _ in range(100):
        if "Link" not in answer.headers:
            return list(found)
        assert answer.links["next"]["url"].startswith(f"{path}?")
        assert parse_qs(urlsplit(answer.links["next"]["url"]).query)["cursor"] == [
            answer.json()["next_cursor"]
        ]
        answer = await client.get(answer.links["next"]["url"])
        assert answer.json()["total"] is None
        found += answer.json()[LISTS[path]]
    raise AssertionError("the pages never end")


trades = st.lists(
    st.tuples(
        st.sampled_from([row["id"] for row in CLIENTS]),
        st.integers(1, 4).map(lambda day: date(2026, 9, day)),
        st.integers(-2, 3).filter(bool),
        st.sampled_from(["paid", "unpaid", "overdue"]),
    ),
    max_size=15,
)


def _trade(number: int, client_id: str, day: date, quantity: int, status: str) -> dict[str, Any]:
    of = next(row for row in CLIENTS if row["id"] == client_id)
    return {
        "id": f"X{number:03}",
        "client_id": client_id,
        "client_type": of["client_type"],
        "region_code": of["region_code"],
        "owner_id": of["owner_id"],
        "product_code": "CV-010",
        "date": day,
        "kind": "return" if quantity < 0 else "sale",
        "quantity": quantity,
        "unit_price_krw": 100,
        "amount_krw": 100 * quantity,
        "payment_status": status,
    }


@repeated
@given(
    drawn=trades,
    limit=st.integers(1, 6),
    sort=st.sampled_from(["-date,-id", "date", "-amount_krw,date", "client_id,-id", "quantity"]),
    status=st.sampled_from([None, "paid", "overdue"]),
    least=st.sampled_from([None, -100, 100]),
    who=st.sampled_from([USER, BUSAN]),
)
async def test_pages_of_transactions_are_the_whole_list(
    services: Services,
    drawn: list[tuple[str, date, int, str]],
    limit: int,
    sort: str,
    status: str | None,
    least: int | None,
    who: Identity,
) -> None:
    rows = [_trade(number, *trade) for number, trade in enumerate(drawn)]
    with services.trades.begin() as connection:
        connection.execute(delete(Transaction))
        if rows:
            connection.execute(insert(Transaction), rows)
    fitting = [
        row
        for row in rows
        if (status is None or row["payment_status"] == status)
        and (least is None or row["amount_krw"] >= least)
        and (who is USER or row["region_code"] == "BUS")
    ]
    asked = {"sort": sort, "payment_status": status, "min_amount_krw": least}
    params = {name: value for name, value in asked.items() if value is not None}
    async with services.as_(who, "/transactions") as client:
        found = await _pages(client, "/transactions", limit=limit, **params)
        whole = (await client.get("/transactions", params={"limit": 100, **params})).json()
    terms = sort.split(",")
    expected = sorted(fitting, key=lambda row: row["id"], reverse=terms[-1].startswith("-"))
    for term in reversed(terms):
        expected.sort(key=lambda row: row[term.lstrip("-")], reverse=term.startswith("-"))
    assert [row["id"] for row in found] == [row["id"] for row in expected]
    assert whole["transactions"] == found
    assert (whole["total"], whole["net_amount_krw"]) == (
        len(fitting),
        sum(row["amount_krw"] for row in fitting),
    )


@repeated
@given(
    limit=st.integers(1, 5),
    sort=st.sampled_from(["id", "-hire_date", "position,-name_ko", "-region,department", "status,name_en"]),
    status=st.sampled_from([None, "active", "left"]),
)
async def test_pages_of_employees_are_the_whole_list(
    services: Services, limit: int, sort: str, status: str | None
) -> None:
    params = {"sort": sort} | ({"status": status} if status else {})
    async with services.as_(USER, "/employees") as client:
        found = await _pages(client, "/employees", limit=limit, **params)
        whole = (await client.get("/employees", params={"limit": 100, **params})).json()["employees"]
    ranks = ("associate", "senior_associate", "manager", "senior_manager", "director")
    fields = {"region": "region_code", "department": "department_code"}

    def value(person: Any, term: str) -> Any:
        name = fields.get(term.lstrip("-"), term.lstrip("-"))
        return ranks.index(person[name]) if name == "position" else person[name]

    terms = sort.split(",")
    expected = sorted(whole, key=lambda person: person["id"], reverse=terms[-1].startswith("-"))
    for term in reversed(terms):
        expected.sort(key=lambda person, by=term: value(person, by), reverse=term.startswith("-"))  # type: ignore[misc]
    assert found == whole == expected
    assert len(found) == {None: 9, "active": 7, "left": 1}[status]


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_refuses_what_does_not_fit(services: Services, path: str) -> None:
    async with services.as_(MANAGER, path) as client:
        for params, code in (
            ({"cursor": "WyJub25lIl0"}, "cursor_invalid"),
            ({"cursor": "가"}, "cursor_invalid"),
            ({"sort": "nothing"}, "sort_invalid"),
            ({"limit": 0}, "invalid_input"),
            ({"limit": 101}, "invalid_input"),
            ({"offset": 1}, "invalid_input"),
        ):
            answer = await client.get(path, params=params)
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), params


async def test_a_cursor_is_good_for_the_same_filters_and_order_only(services: Services) -> None:
    async with services.as_(USER, "/employees") as client:
        first = (await client.get("/employees", params={"limit": 2, "region": "SEO"})).json()
        same = {"limit": 3, "region": "SEO", "cursor": first["next_cursor"]}
        assert (await client.get("/employees", params=same)).status_code == 200
        for changed in ({"region": "BUS"}, {"sort": "-id"}, {"status": "active"}):
            answer = await client.get("/employees", params=same | changed)
            assert answer.json()["error"]["code"] == "cursor_invalid"


@pytest.mark.parametrize("path", READS)
async def test_reads_are_answered_304_while_they_hold(services: Services, path: str) -> None:
    async with services.as_(MANAGER, path) as client:
        first = await client.get(path)
        etag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in first.headers["Vary"]
        for held in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await client.get(path, headers={"If-None-Match": held})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        for other in ('"other"', etag.strip('"')):
            assert (await client.get(path, headers={"If-None-Match": other})).content == first.content


async def test_what_changed_is_answered_anew(services: Services) -> None:
    async with services.as_(USER, "/employees/E0008") as client:
        first = await client.get("/employees/E0008")
        held = {"If-None-Match": first.headers["ETag"]}
        with services.people.begin() as connection:
            connection.execute(update(Employee).where(Employee.id == "E0008").values(email="new@x"))
        second = await client.get("/employees/E0008", headers=held)
        assert (second.status_code, second.json()["email"]) == (200, "new@x")
        assert second.headers["ETag"] != first.headers["ETag"]


async def test_an_etag_opens_nothing(services: Services) -> None:
    """Who may not see a record is told the same, whatever they hold of it."""
    async with services.as_(USER, "/clients/C0001") as client:
        etag = (await client.get("/clients/C0001")).headers["ETag"]
        everything = (await client.get("/clients")).headers["ETag"]
    async with services.as_(BUSAN, "/clients/C0001") as client:
        for held in (etag, "*"):
            answer = await client.get("/clients/C0001", headers={"If-None-Match": held})
            assert (answer.status_code, "ETag" in answer.headers) == (404, False)
        assert (await client.get("/clients", headers={"If-None-Match": everything})).status_code == 200


async def test_what_is_no_read_has_no_etag(services: Services) -> None:
    async with services.as_(USER, "/clients") as client:
        asked = {"analysis_type": "general"}
        answer = await client.post("/analyze", json=asked, headers={"If-None-Match": "*"})
        assert (answer.status_code, "ETag" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("path", "name", "ids"),
    [
        ("/employees", "kim min-soo", ["E0002", "E0007"]),
        ("/employees", "Gim Min su", ["E0002", "E0007"]),
        ("/employees", "이 서연", ["E0003"]),
        ("/employees", "Yi Suh-yeon", ["E0003"]),
        ("/employees", "Pak Ji-hoon", ["E0001"]),
        ("/employees", "김민수 과장님", ["E0002"]),
        ("/employees", "민", ["E0002", "E0007"]),
        ("/employees", "e3", ["E0003"]),
        ("/employees", "%", []),
        ("/clients", "han bit", ["C0001", "C0002"]),
        ("/clients", "한빗 내과", ["C0002"]),
        ("/clients", "Hanbit Centrel Hospitl", ["C0001"]),
        ("/clients", "hanbit jungang byeongwon", ["C0001"]),
        ("/clients", "Dassom Farmacy", ["C0004"]),
        ("/clients", "__", []),
    ],
)
async def test_names_are_found_as_people_write_them(
    services: Services, path: str, name: str, ids: list[str]
) -> None:
    async with services.as_(USER, path) as client:
        page = (await client.get(path, params={"name": name, "sort": "id"})).json()
    assert [entry["id"] for entry in page[LISTS[path]]] == ids


async def test_names_of_others_clients_are_not_found(services: Services) -> None:
    async with services.as_(BUSAN, "/clients") as client:
        for name in ("hanbit central", "한빛중앙병원", "Hanbit Centrel Hospitl", "C0001"):
            found = (await client.get("/clients", params={"name": name})).json()["clients"]
            assert {entry["region_code"] for entry in found} <= {"BUS"}
