"""What an open stream costs on which nothing happens, and that it holds no database connection."""

import asyncio
from contextlib import AsyncExitStack

import httpx
from pydantic import BaseModel

from bench.agent_server.load import Kind, ask, client_of, make_thread
from bench.agent_server.servers import Served

STREAMS = 500
STREAMS_PER_CLIENT = 100
SETTLE_SECONDS = 1.0


class IdleStreams(BaseModel):
    """The streams that were open at once, and what they cost.

    Attributes:
        server: Which.
        streams: How many.
        kilobytes_each: Resident memory of the server, more than before they opened, by stream.
        threaded_p50_ms: Of a run that needs the database, while they are open.
    """

    server: str
    streams: int
    kilobytes_each: float
    threaded_p50_ms: float


async def measure_idle_streams(served: Served) -> IdleStreams:
    """Open many streams of runs that wait, and ask for other runs meanwhile."""
    async with AsyncExitStack() as stack:
        control = await stack.enter_async_context(client_of(served))
        thread = await make_thread(control)
        response = await control.post(f"/threads/{thread}/runs", json={"assistant_id": "waiting"})
        run = response.raise_for_status().json()["run_id"]
        path = f"/threads/{thread}/runs/{run}"
        before = served.memory_bytes()
        for _ in range(STREAMS // STREAMS_PER_CLIENT):
            limits = httpx.Limits(max_connections=STREAMS_PER_CLIENT)
            client = httpx.AsyncClient(base_url=served.url, headers=served.headers, limits=limits)
            await stack.enter_async_context(client)
            for _ in range(STREAMS_PER_CLIENT):
                stream = await stack.enter_async_context(client.stream("GET", f"{path}/stream", timeout=60))
                stream.raise_for_status()
        await asyncio.sleep(SETTLE_SECONDS)
        used = served.memory_bytes() - before
        load = await ask(served, Kind.THREAD, clients=8, runs=80)
        await control.post(f"{path}/cancel", params={"wait": True})
    return IdleStreams(
        server=served.name,
        streams=STREAMS,
        kilobytes_each=round(used / STREAMS / 1024, 1),
        threaded_p50_ms=round(sorted(load.durations_ms)[len(load.durations_ms) // 2], 1),
    )
