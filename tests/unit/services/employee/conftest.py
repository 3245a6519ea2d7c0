from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url
from narutalk.identity import Identity
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.employee.reports import router as making_router
from services.employee.resources import EmployeeResources
from services.employee.routes import router
from services.imports import ImportService
from services.reports import router as reports_router
from tests.unit.tools.employees.sample import TODAY, fill
from tests.unit.tools.reports.samples import reports_in
from tools.employees.publications import Publications
from tools.employees.store import EmployeeStore
from tools.imports.catalogue import EMPLOYEE_KINDS
from tools.imports.importer import Importer

ClientFor = Callable[[Identity], httpx.AsyncClient]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmployeeResources]:
    folder: Path = tmp_path_factory.mktemp("employee-service")
    engine = build_engine(database_url("", folder, "employees"))
    fill(engine)
    yield resources_over(engine, folder)
    engine.dispose()


def resources_over(engine: Engine, folder: Path) -> EmployeeResources:
    """Return a service's resources over a filled database."""
    return EmployeeResources(
        EmployeeStore(engine, build_clock(TODAY)),
        reports_in(folder),
        Publications(engine),
        ImportService(Importer({"employees": engine}), EMPLOYEE_KINDS, 1024),
    )


@pytest.fixture
def client_for(opened: EmployeeResources) -> ClientFor:
    """Return a client of the service as somebody; the routes alone, without the server around them."""

    def build(identity: Identity) -> httpx.AsyncClient:
        app = FastAPI()
        app.state.server = SimpleNamespace(resources=opened)
        for each in (router, making_router, reports_router):
            app.include_router(each)
        app.dependency_overrides[caller] = lambda: identity
        add_error_handlers(app)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://employee")

    return build
