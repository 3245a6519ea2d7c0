"""One server for all client tests, and each SDK client of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.contract.clients.either import InThreads
from tests.contract.clients.serving import ServedApp, make_settings, serve_graphs

WAIT_SECONDS = 20


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, _clean_environment: None) -> Iterator[ServedApp]:
    with serve_graphs(make_settings(tmp_path_factory.mktemp("clients"))) as running:
        yield running


@pytest_asyncio.fixture(params=["async", "sync"])
async def sdk(request: pytest.FixtureRequest, served: ServedApp) -> AsyncIterator[Any]:
    """Anna's client, async or sync, behind the same interface."""
    if request.param == "async":
        async with served.sdk() as client:
            yield client
    else:
        with served.sync_sdk() as sync_client:
            yield InThreads(sync_client)


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until the answer is truthy, and return it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := await check()):
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.02)
    return found
