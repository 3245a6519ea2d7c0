from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from narutalk.identity import Identity
from narutalk.settings import load_settings
from services.agent_server.auth import caller
from services.agent_server.error_answers import add_error_handlers
from services.client.reports import router as making_router
from services.client.resources import ClientResources
from services.client.routes import router
from services.imports import ImportService
from services.reports import router as reports_router
from tests.unit.tools.clients.sample import TINY, open_company
from tests.unit.tools.reports.samples import reports_in
from tools.imports.catalogue import CLIENT_KINDS
from tools.imports.importer import Importer

NO_IMPORTS = ImportService(Importer({}), CLIENT_KINDS, 0)
"""For tests of the other routes."""

ClientFor = Callable[[Identity], httpx.AsyncClient]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientResources]:
    settings = load_settings(data_dir=tmp_path_factory.mktemp("client-service"), _env_file=None)
    with open_company(settings, TINY) as company:
        yield ClientResources(*company, imports=NO_IMPORTS, reports=reports_in(settings.data_dir))


@pytest.fixture
def client_for(opened: ClientResources) -> ClientFor:
    """Return a client of the service as somebody; the routes alone, without the server around them."""

    return partial(serve_routes, opened)


def serve_routes(opened: ClientResources, identity: Identity) -> httpx.AsyncClient:
    """Return a client of the routes over some databases, as somebody."""
    app = FastAPI()
    app.state.server = SimpleNamespace(resources=opened)
    for each in (router, making_router, reports_router):
        app.include_router(each)
    app.dependency_overrides[caller] = lambda: identity
    add_error_handlers(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://client")
