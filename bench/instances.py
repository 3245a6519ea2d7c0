"""Throughput of an agent that takes a fixed number of tasks at once, with one, two and four instances of it.

The instances are made for this: real uvicorn servers that hold each task for a fixed time, as an agent does
that waits for its model. So the figures show what the balanced client makes of more instances, not
what more processes make of two cores.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from pydantic import BaseModel
from rich.console import Console
from rich.progress import track
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from narutalk.http import build_service_client
from narutalk.settings import load_settings

INSTANCES = (1, 2, 4)
TASKS_AT_ONCE = 4
TASK_SECONDS = 0.2
CHUNKS = 2
ASKERS = 48
ROUNDS = 3
TASKS = 96
READ_TIMEOUT_SECONDS = 30


class Throughput(BaseModel):
    """What so many instances did.

    Attributes:
        instances: How many.
        tasks_per_second: Of all together, the median of the rounds.
        ratio: To one instance.
        ideal_per_second: What their limits allow.
        share_of_busiest: Of all tasks, the share of the instance that did most; 1 / instances is even.
    """

    instances: int
    tasks_per_second: float
    ratio: float
    ideal_per_second: float
    share_of_busiest: float


class InstancesReport(BaseModel):
    """Throughput by the number of instances.

    Attributes:
        tasks_at_once: That one instance takes.
        task_ms: How long it holds each.
        rows: One for each number of instances.
    """

    tasks_at_once: int
    task_ms: float
    rows: list[Throughput]


class LimitedAgent:
    """An instance that takes `TASKS_AT_ONCE` tasks at once, and streams each for `TASK_SECONDS`."""

    def __init__(self) -> None:
        self.done = 0
        self._places = asyncio.Semaphore(TASKS_AT_ONCE)

    async def run(self, _request: Request) -> StreamingResponse:
        """Answer one task."""
        return StreamingResponse(self._work(), media_type="text/event-stream")

    async def _work(self) -> AsyncIterator[bytes]:
        async with self._places:
            for _ in range(CHUNKS):
                await asyncio.sleep(TASK_SECONDS / CHUNKS)
                yield b"event: custom\r\ndata: {}\r\n\r\n"
            self.done += 1


def measure_instances(console: Console) -> InstancesReport:
    """Measure each number of instances in turns, several rounds."""
    rates, shares = asyncio.run(_measure(console))
    one = _median(rates[1])
    rows = [
        Throughput(
            instances=count,
            tasks_per_second=round(_median(rates[count]), 1),
            ratio=round(_median(rates[count]) / one, 2),
            ideal_per_second=count * TASKS_AT_ONCE / TASK_SECONDS,
            share_of_busiest=round(_median(shares[count]), 3),
        )
        for count in INSTANCES
    ]
    return InstancesReport(tasks_at_once=TASKS_AT_ONCE, task_ms=TASK_SECONDS * 1000, rows=rows)


def show_instances(report: InstancesReport, console: Console) -> None:
    """Print the throughput."""
    table = Table(
        title=f"One agent, {report.tasks_at_once} tasks of {report.task_ms:g} ms at once in each instance"
    )
    for column in ("instances", "tasks/s", "ratio", "their limit", "busiest"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in report.rows:
        table.add_row(
            str(row.instances),
            f"{row.tasks_per_second:.1f}",
            f"x{row.ratio:.2f}",
            f"{row.ideal_per_second:.0f}/s",
            f"{row.share_of_busiest:.0%}",
        )
    console.print(table)


async def _measure(console: Console) -> tuple[dict[int, list[float]], dict[int, list[float]]]:
    rates: dict[int, list[float]] = {count: [] for count in INSTANCES}
    shares: dict[int, list[float]] = {count: [] for count in INSTANCES}
    async with AsyncExitStack() as stack:
        agents = [LimitedAgent() for _ in range(max(INSTANCES))]
        urls = [await stack.enter_async_context(_serve(agent)) for agent in agents]
        for _ in track(range(ROUNDS), "Asking …", console=console, transient=True):
            for count in INSTANCES:
                before = [agent.done for agent in agents]
                rates[count].append(await _tasks_per_second(urls[:count]))
                done = [agent.done - start for agent, start in zip(agents, before, strict=True)]
                shares[count].append(max(done) / TASKS)
    return rates, shares


async def _tasks_per_second(urls: Sequence[str]) -> float:
    settings = load_settings(**{"employee_urls": ",".join(urls), "_env_file": None})
    left = iter(range(TASKS))
    async with build_service_client(
        settings, "employee", read_timeout_seconds=READ_TIMEOUT_SECONDS
    ) as client:

        async def ask() -> None:
            for number in left:
                async with client.stream("POST", f"/threads/{number}/runs/stream", json={}) as response:
                    response.raise_for_status()
                    await response.aread()

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(ASKERS):
                group.create_task(ask())
        return TASKS / (time.perf_counter() - started)


@asynccontextmanager
async def _serve(agent: LimitedAgent) -> AsyncIterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        app = Starlette(routes=[Route("/threads/{thread_id}/runs/stream", agent.run, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
