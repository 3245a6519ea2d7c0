"""A real server on a loopback port, with clients of two users."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import APIRouter, FastAPI
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from pydantic import SecretStr

from narutalk.identity import Identity, Issuer, Role, TokenSigner, build_signer, build_verifier, ensure_keys
from narutalk.settings import Settings
from services.agent_server.app import create_agent_app
from services.agent_server.auth import Caller
from tests.contract.agent_server.graphs import Gates, build_graphs

ANNA = Identity(user_id="u-anna", username="anna", roles=frozenset({Role.USER, Role.HR}))
BORIS = Identity(user_id="u-boris", username="boris")
START_SECONDS = 20


@dataclass
class RunningServer:
    """A served app and how to reach it."""

    app: FastAPI
    url: str
    signer: TokenSigner
    settings: Settings
    gates: Gates
    clients: dict[str, LangGraphClient] = field(default_factory=dict)

    def headers(self, identity: Identity) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.signer.sign(identity)}"}

    def sdk(self, identity: Identity = ANNA) -> LangGraphClient:
        if identity.user_id not in self.clients:
            client = get_client(url=self.url, api_key=None, headers=self.headers(identity))
            self.clients[identity.user_id] = client
        return self.clients[identity.user_id]

    def remote(self, graph_id: str, identity: Identity = ANNA) -> RemoteGraph:
        return RemoteGraph(graph_id, client=self.sdk(identity))

    def http(self, identity: Identity | None = ANNA) -> httpx.AsyncClient:
        headers = self.headers(identity) if identity else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20)


def make_settings(data_dir: Path, database_url: str = "") -> Settings:
    settings = Settings(_env_file=None, data_dir=data_dir, database_url=SecretStr(database_url))
    ensure_keys(settings)
    return settings


def make_app(settings: Settings, gates: Gates, **options: Any) -> FastAPI:
    router = APIRouter()

    @router.get("/me", summary="Who is calling")
    async def me(identity: Caller) -> str:
        return identity.user_id

    @router.get("/broken", summary="Raises")
    async def broken() -> None:
        raise RuntimeError("a secret detail")

    @asynccontextmanager
    async def resources(_settings: Settings) -> AsyncIterator[Gates]:
        yield gates

    return create_agent_app(
        service="test",
        graphs=build_graphs(),
        settings=settings,
        verifier=build_verifier(settings, Issuer.MANAGER, Issuer.ROUTER),
        routers=[router],
        resources=resources,
        **options,
    )


@asynccontextmanager
async def serve(
    settings: Settings, *, signing_settings: Settings | None = None, **options: Any
) -> AsyncIterator[RunningServer]:
    """Serve the test app with uvicorn until the block ends."""
    gates = Gates()
    app = make_app(settings, gates, **options)
    # Of a socket without this protocol asyncio does not turn Nagle's algorithm off: 40 ms for each stream.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        await _until_answering(url, task)
        signer = build_signer(signing_settings or settings, Issuer.MANAGER)
        running = RunningServer(app, url, signer, settings, gates)
        try:
            yield running
        finally:
            for client in running.clients.values():
                await client.aclose()
    finally:
        server.should_exit = True
        await task
        listening.close()


async def _until_answering(url: str, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
        while True:
            if task.done():
                task.result()
                raise RuntimeError("The server ended while it started.")
            try:
                await client.get(f"{url}/ok")
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    async with serve(make_settings(tmp_path_factory.mktemp("data"))) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def either_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    """The same server on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with serve(make_settings(tmp_path_factory.mktemp("data"), url)) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def bounded_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    """A server that keeps 8 checkpoints of a thread."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    settings = make_settings(tmp_path_factory.mktemp("data"), url)
    async with serve(settings.model_copy(update={"checkpoints_per_thread": 8})) as running:
        yield running
