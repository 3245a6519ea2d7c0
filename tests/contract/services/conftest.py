"""The running services, and clients of each."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

from tests.contract.agent_server.conftest import make_app, make_settings
from tests.contract.agent_server.graphs import Gates
from tests.contract.services.running import (
    NAMES,
    RunningService,
    listening,
    make_company,
    serve_all,
    serving,
)


@pytest.fixture(scope="session")
def services(
    tmp_path_factory: pytest.TempPathFactory, _clean_environment: None
) -> Iterator[dict[str, RunningService]]:
    """All four, made once: they share one data dir as they do on one machine."""
    data_dir = tmp_path_factory.mktemp("services")
    make_company(data_dir)
    with serve_all(data_dir) as running:
        yield running


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory, _clean_environment: None) -> Iterator[RunningService]:
    """A fifth server, of the test graphs."""
    settings = make_settings(tmp_path_factory.mktemp("graphs"))
    app = make_app(settings, Gates())
    with listening() as socket, serving(app, socket):
        yield RunningService("graphs", app, f"http://127.0.0.1:{socket.getsockname()[1]}", settings)


@pytest.fixture(params=NAMES)
def service(request: pytest.FixtureRequest, services: dict[str, RunningService]) -> RunningService:
    return services[request.param]


@pytest_asyncio.fixture
async def sdk(service: RunningService) -> AsyncIterator[LangGraphClient]:
    """The SDK's client, of Anna."""
    async with get_client(url=service.url, api_key=None, headers=service.headers()) as client:
        yield client


@pytest.fixture
def sync_sdk(service: RunningService) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=service.url, api_key=None, headers=service.headers()) as client:
        yield client


@pytest.fixture
def remote(service: RunningService, sdk: LangGraphClient, sync_sdk: SyncLangGraphClient) -> RemoteGraph:
    """LangGraph's own client of a remote graph."""
    return RemoteGraph(service.graph_id, client=sdk, sync_client=sync_sdk)
