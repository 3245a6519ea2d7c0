"""Measures all sides in turns, and shows how they compare."""

import asyncio
import time
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.agent_server.graphs.trivial import trivial
from bench.agent_server.load import INPUT, Kind, Load, ask
from bench.agent_server.servers import Served, all_servers
from bench.agent_server.streams import IdleStreams, measure_idle_streams
from bench.figures import percentile

CLIENTS = (1, 8, 32)
RUNS = 640
CELL_SECONDS = 8.0
WARM_UP_RUNS = 16
RUNS_IN_ALL = 3000
IN_PROCESS = "in process"


class Cell(BaseModel):
    """One side, asked in one way by so many clients.

    Attributes:
        server: Which side.
        kind: How it was asked.
        clients: How many at once.
        p50_ms: Of a run, as its client saw it.
        p95_ms: The same.
        per_second: Runs of all clients together.
        cpu_ms: Of the server, per run; None in process.
    """

    server: str
    kind: str
    clients: int
    p50_ms: float
    p95_ms: float
    per_second: float
    cpu_ms: float | None


class Memory(BaseModel):
    """Resident memory of a server, in megabytes.

    Attributes:
        server: Which.
        idle: After its start.
        after: After `RUNS_IN_ALL` runs.
    """

    server: str
    idle: float
    after: float


class AgentServerReport(BaseModel):
    """Everything that was measured."""

    cells: list[Cell]
    memory: list[Memory]
    idle_streams: list[IdleStreams]
    ratios: dict[str, float]


def measure_agent_server(folder: Path, console: Console) -> AgentServerReport:
    """Start every side, and measure them in turns."""
    with (
        console.status("Starting the servers (the first time the reference is installed) …"),
        all_servers(folder) as servers,
    ):
        return asyncio.run(_measure(servers, console))


async def _measure(servers: list[Served], console: Console) -> AgentServerReport:
    idle = {served.name: served.memory_bytes() for served in servers}
    cells = [_in_process_cell(await _in_process())]
    rounds = [(kind, clients) for kind in Kind for clients in CLIENTS]
    asked = dict.fromkeys(idle, 0)
    for served in servers:
        for kind in Kind:
            asked[served.name] += WARM_UP_RUNS
            await ask(served, kind, clients=8, runs=WARM_UP_RUNS)
    for kind, clients in track(rounds, "Asking", console=console):
        for served in servers:
            load = await ask(served, kind, clients=clients, runs=RUNS, at_most_seconds=CELL_SECONDS)
            asked[served.name] += len(load.durations_ms)
            cells.append(_cell(served.name, kind, clients, load))
    for served in servers:
        await ask(served, Kind.WAIT, clients=32, runs=max(RUNS_IN_ALL - asked[served.name], 32))
    memory = [
        Memory(
            server=served.name, idle=_megabytes(idle[served.name]), after=_megabytes(served.memory_bytes())
        )
        for served in servers
    ]
    streams = [await measure_idle_streams(served) for served in servers if served.name.startswith("ours")]
    return AgentServerReport(cells=cells, memory=memory, idle_streams=streams, ratios=_ratios(cells))


async def _in_process() -> list[float]:
    """Call the graph without a server, as often; return what each call took, in milliseconds."""
    durations = []
    for _ in range(WARM_UP_RUNS + RUNS):
        started = time.perf_counter()
        await trivial.ainvoke(INPUT)
        durations.append((time.perf_counter() - started) * 1000)
    return durations[WARM_UP_RUNS:]


def _in_process_cell(durations: list[float]) -> Cell:
    return _cell(IN_PROCESS, Kind.WAIT, 1, Load(durations, sum(durations) / 1000, 0)).model_copy(
        update={"cpu_ms": None}
    )


def _cell(server: str, kind: Kind, clients: int, load: Load) -> Cell:
    return Cell(
        server=server,
        kind=kind.value,
        clients=clients,
        p50_ms=round(percentile(load.durations_ms, 50), 2),
        p95_ms=round(percentile(load.durations_ms, 95), 2),
        per_second=round(len(load.durations_ms) / load.seconds, 1),
        cpu_ms=round(load.cpu_ms, 2),
    )


def _ratios(cells: list[Cell]) -> dict[str, float]:
    found = {(cell.server, cell.kind, cell.clients): cell for cell in cells}
    ours = {clients: found["ours, SQLite", Kind.WAIT.value, clients] for clients in CLIENTS}
    reference = {clients: found["langgraph dev", Kind.WAIT.value, clients] for clients in CLIENTS}
    direct = found[IN_PROCESS, Kind.WAIT.value, 1]
    return {
        "p50 of a stateless run at one client / the call in process": round(
            ours[1].p50_ms / direct.p50_ms, 2
        ),
        **{
            f"CPU of a stateless run at {clients} clients / the reference's": round(
                (ours[clients].cpu_ms or 0) / (reference[clients].cpu_ms or 1), 2
            )
            for clients in CLIENTS
        },
        "stateless runs per second at 32 clients / at 8": round(ours[32].per_second / ours[8].per_second, 2),
    }


def _megabytes(size_bytes: int) -> float:
    return round(size_bytes / 1024**2, 1)


def show_agent_server(report: AgentServerReport, console: Console) -> None:
    """Print the figures of each side, then the ratios."""
    table = Table(title="A trivial graph, by who serves it", title_justify="left")
    for name in ("asked for", "clients", "server", "p50 ms", "p95 ms", "runs/s", "CPU ms/run"):
        table.add_column(name, justify="left" if name in ("asked for", "server") else "right")
    for cell in report.cells:
        figures = [cell.p50_ms, cell.p95_ms, cell.per_second, "" if cell.cpu_ms is None else cell.cpu_ms]
        table.add_row(cell.kind, str(cell.clients), cell.server, *map(str, figures))
    console.print(table)
    for memory in report.memory:
        console.print(
            f"{memory.server}: {memory.idle} MB idle, {memory.after} MB after {RUNS_IN_ALL} runs",
            highlight=False,
        )
    for idle in report.idle_streams:
        console.print(
            f"{idle.server}: {idle.streams} idle streams, {idle.kilobytes_each} KB each; "
            f"a threaded run beside them {idle.threaded_p50_ms} ms p50",
            highlight=False,
        )
    for name, ratio in report.ratios.items():
        console.print(f"x{ratio:.2f}  {name}", highlight=False)
