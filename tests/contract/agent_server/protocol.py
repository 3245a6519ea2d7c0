"""Speaks the v3 event protocol by hand, for what no client shows."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.contract.agent_server.asking import fresh_id
from tests.contract.agent_server.conftest import ANNA, RunningServer

ALL = ["values", "updates", "messages", "tools", "lifecycle", "input", "checkpoints", "tasks", "custom"]
WAIT_SECONDS = 20

Envelope = dict[str, Any]


async def command(
    server: RunningServer, thread_id: str, method: str, params: Any = None, identity: Any = ANNA
) -> httpx.Response:
    async with server.http(identity) as client:
        body = {"id": 7, "method": method, "params": params or {}}
        return await client.post(f"/threads/{thread_id}/commands", json=body)


async def start(server: RunningServer, graph_id: str, given: Any, thread_id: str = "") -> tuple[str, str]:
    """Start a run, and return its thread and its id."""
    thread_id = thread_id or fresh_id()
    answer = (
        await command(server, thread_id, "run.start", {"assistant_id": graph_id, "input": given})
    ).json()
    assert answer["type"] == "success", answer
    return thread_id, answer["result"]["run_id"]


async def read(
    server: RunningServer, thread_id: str, until: Callable[[Envelope], bool], **wanted: Any
) -> list[Envelope]:
    """Return a thread's events up to one."""
    found = []
    async with asyncio.timeout(WAIT_SECONDS), events_of(server, thread_id, **wanted) as events:
        async for event in events:
            found.append(event)
            if until(event):
                return found
    raise AssertionError(f"the stream ended: {found}")


@asynccontextmanager
async def events_of(
    server: RunningServer, thread_id: str, **wanted: Any
) -> AsyncIterator[AsyncIterator[Envelope]]:
    body = {"channels": ALL, **wanted}
    async with (
        server.http() as client,
        client.stream("POST", f"/threads/{thread_id}/stream/events", json=body) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield _decoded(response)


async def _decoded(response: httpx.Response) -> AsyncIterator[Envelope]:
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


def ends(*states: str) -> Callable[[Envelope], bool]:
    """Return whether an event says that the graph itself is in one of some states."""
    wanted = states or ("completed", "failed", "interrupted")
    return lambda event: root_state(event) in wanted


def root_state(event: Envelope) -> str | None:
    if event["method"] != "lifecycle" or event["params"]["namespace"]:
        return None
    return str(event["params"]["data"]["event"])


def methods(events: list[Envelope]) -> list[str]:
    return [root_state(event) or event["method"] for event in events]


@asynccontextmanager
async def socket_on(
    server: RunningServer, thread_id: str, identity: Any = ANNA, **options: Any
) -> AsyncIterator[ClientConnection]:
    url = f"{server.url.replace('http', 'ws', 1)}/threads/{thread_id}/stream/events"
    async with connect(url, additional_headers=server.headers(identity), **options) as socket:
        yield socket


async def over(socket: ClientConnection, method: str, params: Any = None, command_id: int = 1) -> Envelope:
    """Send a command over a socket and return its answer; events before it are dropped."""
    await socket.send(json.dumps({"id": command_id, "method": method, "params": params or {}}))
    while (answer := await receive(socket)).get("id") != command_id:
        assert answer["type"] == "event"
    return answer


async def receive(socket: ClientConnection) -> Envelope:
    received: Envelope = json.loads(await asyncio.wait_for(socket.recv(), WAIT_SECONDS))
    return received
