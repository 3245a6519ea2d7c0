"""A server with the recorded graphs, and the replay against it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI

from narutalk.identity import Identity, Issuer, build_signer, build_verifier, ensure_keys
from narutalk.settings import Settings
from services.agent_server.app import create_agent_app
from tests.contract.wire.graphs import Gates, build_graphs
from tests.contract.wire.recordings import recordings
from tests.contract.wire.replay import Replay

USER = Identity(user_id="u-anna", username="anna")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"))
    ensure_keys(made)
    return made


@pytest.fixture(scope="module")
def gates() -> Gates:
    return Gates()


@pytest.fixture(scope="module")
def app(settings: Settings, gates: Gates) -> FastAPI:
    """The recorded graphs, to be served."""

    @asynccontextmanager
    async def resources(_settings: Settings) -> AsyncIterator[Gates]:
        yield gates

    return create_agent_app(
        service="wire",
        graphs=build_graphs(),
        settings=settings,
        verifier=build_verifier(settings, Issuer.MANAGER),
        resources=resources,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replay(app: FastAPI, settings: Settings, gates: Gates) -> AsyncIterator[Replay]:
    """The finished replay of all recordings."""
    token = build_signer(settings, Issuer.MANAGER).sign(USER)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        _serve(app) as url,
        httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client,
    ):
        replay = Replay(client, gates)
        await replay.run(recordings())
        yield replay


@asynccontextmanager
async def _serve(app: FastAPI) -> AsyncIterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            # It listens already: what is sent before it is ready waits for it.
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
