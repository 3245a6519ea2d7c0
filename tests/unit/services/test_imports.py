"""`POST /import` of both services: who may, what is answered, and that answers know the new data at once."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import insert

from narutalk.identity import Identity, Role
from narutalk.settings import Settings, load_settings
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.client import resources as client_resources
from services.client.routes import router as client_router
from services.employee import resources as employee_resources
from services.employee.routes import router as employee_router
from tools.clients.database import build_client_engine, migrate_clients
from tools.clients.models import ClientRegion
from tools.employees.database import build_employee_engine, migrate_employees
from tools.employees.models import Department, Region

pytestmark = pytest.mark.asyncio

SEOUL = {"code": "SEO", "name_en": "Seoul", "name_ko": "서울"}
EMPLOYEES = (
    "사번,성명,영문이름,부서,지역,직급,입사일,이메일\n"
    "E0001,홍길동,Gildong Hong,Sales,Seoul,부장,2020-01-02,h@x.example\n"
)
CLIENTS = (
    "Client ID,Name,Type,Region,Grade,Owner,Owner name,Since\n"
    "C0001,Alpha Clinic,의원,Seoul,A,E0001,Gildong Hong,2020-01-01\n"
)


@pytest.fixture
def company(tmp_path: Path) -> Settings:
    """Databases with one department and one region."""
    settings = load_settings(data_dir=tmp_path, max_upload_bytes=100_000, _env_file=None)
    migrate_employees(settings)
    migrate_clients(settings)
    employees = build_employee_engine(settings, read_only=False)
    clients = build_client_engine(settings, read_only=False)
    with employees.begin() as connection:
        connection.execute(insert(Department), [{"code": "SAL", "name_en": "Sales", "name_ko": "영업부"}])
        connection.execute(insert(Region), [SEOUL])
    with clients.begin() as connection:
        connection.execute(insert(ClientRegion), [SEOUL])
    employees.dispose()
    clients.dispose()
    return settings


class Services:
    """Both services' routes over one company, as anybody."""

    def __init__(self, employee: Any, client: Any) -> None:
        self._opened: dict[str, tuple[Any, APIRouter]] = {
            "employee": (employee, employee_router),
            "client": (client, client_router),
        }

    @asynccontextmanager
    async def asked_by(self, identity: Identity, service: str) -> AsyncIterator[httpx.AsyncClient]:
        opened, router = self._opened[service]
        app = FastAPI()
        app.state.server = SimpleNamespace(resources=opened)
        app.include_router(router)
        app.dependency_overrides[caller] = lambda: identity
        add_error_handlers(app)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            yield client

    async def send(
        self, identity: Identity, service: str, kind: str, content: str, **form: str
    ) -> httpx.Response:
        async with self.asked_by(identity, service) as client:
            files = {"file": ("data.csv", content.encode())}
            return await client.post("/import", data={"kind": kind, **form}, files=files)


@pytest.fixture
async def services(company: Settings) -> AsyncIterator[Services]:
    async with AsyncExitStack() as stack:
        employee = await stack.enter_async_context(employee_resources.open_resources(company))
        client = await stack.enter_async_context(client_resources.open_resources(company))
        yield Services(employee, client)


def person(*roles: Role) -> Identity:
    return Identity(user_id="7", username="minsu", roles=frozenset(roles))


@pytest.mark.parametrize(
    ("service", "kind", "content", "may"),
    [
        ("employee", "employees", EMPLOYEES, {Role.HR, Role.ADMIN}),
        ("client", "clients", CLIENTS, {Role.MANAGER, Role.ADMIN}),
    ],
)
async def test_only_some_may_import(
    services: Services, service: str, kind: str, content: str, may: set[Role]
) -> None:
    for role in Role:
        answer = await services.send(person(role), service, kind, content, dry_run="true")
        if role in may:
            assert (answer.status_code, answer.json()["inserted"]) == (200, 1)
        else:
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "import_forbidden")


async def test_new_people_and_clients_are_found_at_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the second's grace: a test does not wait.
    monkeypatch.setattr("tools.imports.freshness.CHECK_SECONDS", 0.0)
    admin = person(Role.ADMIN)
    for service, path in (("employee", "/employees"), ("client", "/clients")):
        async with services.asked_by(admin, service) as client:
            before = (
                await client.get(path, params={"name": "Gildong" if service == "employee" else "alpha"})
            ).json()
            assert before["total"] == 0
    assert (await services.send(admin, "employee", "employees", EMPLOYEES)).json()["applied"]
    assert (await services.send(admin, "client", "clients", CLIENTS)).json()["applied"]

    async with services.asked_by(admin, "employee") as client:
        assert (await client.get("/employees", params={"name": "hong gil-dong"})).json()["total"] == 1
    async with services.asked_by(admin, "client") as client:
        assert (await client.get("/clients", params={"name": "alpha", "owner": "E0001"})).json()["total"] == 1


async def test_problems_are_listed_and_nothing_is_written(services: Services) -> None:
    wrong = CLIENTS + "C0002,Beta,의원,Atlantis,Z,E0001,,2020-01-01\n"

    answer = (await services.send(person(Role.MANAGER), "client", "clients", wrong)).json()

    assert (answer["applied"], answer["problem_count"]) == (False, 1)
    assert answer["problems"][0]["code"] == "choice_unknown"
    assert answer["problems"][0]["reason"]["ko"].startswith("다음 중 하나가 아닙니다")
    async with services.asked_by(person(Role.MANAGER), "client") as client:
        assert (await client.get("/clients")).json()["total"] == 0


async def test_options_say_how_to_read(services: Services) -> None:
    content = CLIENTS.replace("Client ID", "No").replace("Seoul", "Jeju")
    options = json.dumps({"columns": {"No": "id"}, "create_places": True})

    answer = (await services.send(person(Role.MANAGER), "client", "clients", content, options=options)).json()

    assert (answer["applied"], answer["created"]) == (True, ["Jeju"])


@pytest.mark.parametrize(
    ("kind", "content", "form", "status", "code"),
    [
        ("employees", CLIENTS, {}, 422, "kind_unknown"),
        ("clients", "", {}, 422, "file_empty"),
        ("clients", CLIENTS, {"options": "{"}, 422, "options_invalid"),
        ("clients", CLIENTS, {"options": '{"rates": {"USD": "-1"}}'}, 422, "options_invalid"),
        ("clients", CLIENTS, {"options": '{"encoding": "rot13"}'}, 422, "file_encoding"),
        ("clients", CLIENTS, {"options": r'{"encoding": "a\u0000b"}'}, 422, "file_encoding"),
        ("clients", "x" * 300_000, {}, 413, "file_too_large"),
    ],
)
async def test_what_cannot_be_imported_says_why(
    services: Services, kind: str, content: str, form: dict[str, str], status: int, code: str
) -> None:
    answer = await services.send(person(Role.ADMIN), "client", kind, content, **form)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_request_without_a_file_is_refused(services: Services) -> None:
    async with services.asked_by(person(Role.ADMIN), "client") as client:
        form = await client.post("/import", data={"kind": "clients"}, files={"other": b"x"})
        plain = await client.post("/import", json={"kind": "clients"})

    assert form.json()["error"]["code"] == plain.json()["error"]["code"] == "file_missing"


@pytest.mark.parametrize(
    ("service", "kinds", "may"),
    [
        ("employee", ["employees", "sales", "targets", "attendance"], {Role.HR, Role.ADMIN}),
        ("client", ["clients", "contracts", "products", "transactions"], {Role.MANAGER, Role.ADMIN}),
    ],
)
async def test_who_may_import_sees_what_and_what_was(
    services: Services, service: str, kinds: list[str], may: set[Role]
) -> None:
    for role in Role:
        async with services.asked_by(person(role), service) as client:
            told = await client.get("/import/kinds")
            past = await client.get("/imports")
        if role in may:
            assert [kind["name"] for kind in told.json()["kinds"]] == kinds
            assert past.json() == {"imports": []}
        else:
            assert {told.json()["error"]["code"], past.json()["error"]["code"]} == {"import_forbidden"}


async def test_an_import_is_in_the_history_with_who_made_it(services: Services) -> None:
    await services.send(person(Role.HR), "employee", "employees", EMPLOYEES, dry_run="true")
    await services.send(person(Role.HR), "employee", "employees", EMPLOYEES)
    async with services.asked_by(person(Role.ADMIN), "employee") as client:
        (past,) = (await client.get("/imports")).json()["imports"]
    assert (past["kind"], past["file_name"], past["imported_by"]) == ("employees", "data.csv", "minsu")
    assert (past["inserted"], past["updated"], past["unchanged"]) == (1, 0, 0)


async def test_a_file_without_needed_columns_tells_those_it_has(services: Services) -> None:
    answer = await services.send(person(Role.HR), "employee", "employees", "사번,Shoe size\nE1,42\n")
    details = answer.json()["error"]["details"]
    assert details["columns"] == ["사번", "Shoe size"]
    assert details["mapping"] == {"id": "사번"}
    assert "email" in details["missing"]
