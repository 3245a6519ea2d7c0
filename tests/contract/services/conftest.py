"""The running services, and clients of each."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

from tests.contract.services.running import NAMES, RunningService, make_company, serve_all


@pytest.fixture(scope="session")
def services(
    tmp_path_factory: pytest.TempPathFactory, _clean_environment: None
) -> Iterator[dict[str, RunningService]]:
    """All four, made once: they share one data dir as they do on one machine."""
    data_dir = tmp_path_factory.mktemp("services")
    make_company(data_dir)
    with serve_all(data_dir) as running:
        yield running


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
