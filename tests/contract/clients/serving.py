"""A server in a thread of its own, so that clients with and without a loop can call it."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

from narutalk.identity import Identity, Issuer, build_signer
from narutalk.settings import Settings
from tests.contract.agent_server.conftest import ANNA, make_app, make_settings
from tests.contract.agent_server.graphs import Gates

__all__ = ["ServedApp", "make_settings", "serve_app", "serve_graphs"]

START_SECONDS = 20


@dataclass(frozen=True)
class ServedApp:
    """A served app and how to reach it."""

    app: FastAPI
    url: str
    settings: Settings
    gates: Gates
    loop: asyncio.AbstractEventLoop

    def headers(self, identity: Identity = ANNA) -> dict[str, str]:
        return {"Authorization": f"Bearer {build_signer(self.settings, Issuer.MANAGER).sign(identity)}"}

    def sdk(self, identity: Identity = ANNA) -> LangGraphClient:
        return get_client(url=self.url, api_key=None, headers=self.headers(identity))

    def sync_sdk(self, identity: Identity = ANNA) -> SyncLangGraphClient:
        return get_sync_client(url=self.url, api_key=None, headers=self.headers(identity))

    def release(self, name: str) -> None:
        """Let the `slow` run of a message go on."""
        self.loop.call_soon_threadsafe(self.gates.released(name).set)


@contextmanager
def serve_graphs(settings: Settings) -> Iterator[ServedApp]:
    """Serve the small deterministic graphs of the contract tests until the block ends."""
    gates = Gates()
    app = make_app(settings, gates)

    @app.post("/release/{name}")
    async def release(name: str) -> None:
        """Let the `slow` run of a message go on."""
        gates.released(name).set()

    with serve_app(app, settings, gates) as served:
        yield served


@contextmanager
def serve_app(app: FastAPI, settings: Settings, gates: Gates | None = None) -> Iterator[ServedApp]:
    """Serve an app until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        loops: list[asyncio.AbstractEventLoop] = []

        def run() -> None:
            with asyncio.Runner() as runner:
                loops.append(runner.get_loop())
                runner.run(server.serve(sockets=[listening]))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            _wait_until_answering(url, thread)
            yield ServedApp(app, url, settings, gates or Gates(), loops[0])
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
            assert not thread.is_alive(), "the server did not stop"


def _wait_until_answering(url: str, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and thread.is_alive():
        try:
            httpx.get(f"{url}/ok")
            return
        except httpx.TransportError:
            time.sleep(0.01)
    raise AssertionError("the server did not start")
