"""Asks a server for runs, from a fixed number of clients at once."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from typing import NamedTuple

import httpx

from bench.agent_server.graphs.trivial import State
from bench.agent_server.servers import Served

TIMEOUT_SECONDS = 60
INPUT = State(text="?")
BODY = {"assistant_id": "trivial", "input": INPUT}


class Kind(StrEnum):
    """How a run is asked for."""

    WAIT = "stateless wait"
    THREAD = "threaded wait"
    STREAM = "stateless stream"


class Load(NamedTuple):
    """What a number of runs took.

    Attributes:
        durations_ms: Of each run, as its client saw it.
        seconds: From the first request to the last answer.
        cpu_ms: Of the server, per run.
    """

    durations_ms: list[float]
    seconds: float
    cpu_ms: float


async def ask(
    served: Served, kind: Kind, *, clients: int, runs: int, at_most_seconds: float = math.inf
) -> Load:
    """Ask for so many runs together, each client one after another on a connection of its own.

    Args:
        served: Who is asked.
        kind: How.
        clients: How many at once.
        runs: Of all clients together.
        at_most_seconds: No run begins later: a server that polls would take minutes.
    """
    durations: list[float] = []
    async with AsyncExitStack() as stack:
        # One httpx client for each: one that all share spends its time on its connection pool.
        opened = [await stack.enter_async_context(client_of(served)) for _ in range(clients)]
        paths = [await _path(client, kind) for client in opened]
        cpu, started = served.cpu_seconds(), time.perf_counter()
        asked = iter(range(runs))
        async with asyncio.TaskGroup() as group:
            for client, path in zip(opened, paths, strict=True):
                group.create_task(_ask(client, path, kind, asked, started + at_most_seconds, durations))
        seconds = time.perf_counter() - started
        cpu = served.cpu_seconds() - cpu
    return Load(durations, seconds, cpu * 1000 / len(durations))


@asynccontextmanager
async def client_of(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a server."""
    async with httpx.AsyncClient(
        base_url=served.url, headers=served.headers, timeout=TIMEOUT_SECONDS
    ) as client:
        yield client


async def make_thread(client: httpx.AsyncClient) -> str:
    """Make a thread, and return its id."""
    response = await client.post("/threads", json={})
    return str(response.raise_for_status().json()["thread_id"])


async def _path(client: httpx.AsyncClient, kind: Kind) -> str:
    """Return where a client asks, once it is connected."""
    match kind:
        case Kind.THREAD:
            return f"/threads/{await make_thread(client)}/runs/wait"
        case Kind.WAIT:
            path = "/runs/wait"
        case Kind.STREAM:
            path = "/runs/stream"
    (await client.get("/ok")).raise_for_status()  # opens the connection
    return path


async def _ask(
    client: httpx.AsyncClient,
    path: str,
    kind: Kind,
    asked: Iterator[int],
    deadline: float,
    durations: list[float],
) -> None:
    """Take one run after the other from those that all clients share."""
    for _ in asked:
        started = time.perf_counter()
        if started > deadline:
            return
        response = await client.post(path, json=BODY)
        durations.append((time.perf_counter() - started) * 1000)
        response.raise_for_status()
        expected = "event: values" if kind is Kind.STREAM else '{"text":"?!"}'
        if expected not in response.text:
            raise RuntimeError(f"a run answered {response.text[:200]!r}")
