"""Asks everything at each size on each database, over a real server and as tools, and compares."""

import gc
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import structlog
import uvicorn
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.data.cases import AIM_MS, Case, Way, all_cases
from bench.data.databases import POSTGRESQL, SQLITE, Filled, filled, postgres_server
from bench.figures import percentile
from narutalk.clock import build_clock
from narutalk.identity import Issuer, build_signer
from narutalk.settings import Settings
from services.client.app import create_app
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.database import build_client_engine, build_transaction_engine
from tools.clients.store import ClientStore
from tools.clients.tools import build_client_tools
from tools.sample_company.generate import generate

SIZES = (50_000, 500_000)
"""What is measured unless asked otherwise: some minutes."""
LARGE = 5_000_000
"""What the aims are for; making it takes ten minutes for each kind of database, and 6 GB in all."""
BACKENDS = (SQLITE, POSTGRESQL)
WARM_UP_CALLS = 3
TIMEOUT_SECONDS = 120
MAX_CASE_SECONDS = 20.0
"""A case that has taken so long is not asked again."""

Ask = Callable[[dict[str, Any]], None]


class Latency(BaseModel):
    """What one question took at one size, in milliseconds.

    Attributes:
        cpu_ms: The median of the processor time of this process: with SQLite all of it, so that a busy
            machine does not show; of PostgreSQL only what the service does.
    """

    size: int
    count: int
    p50_ms: float
    p95_ms: float
    cpu_ms: float


class CaseReport(BaseModel):
    """One question on one database.

    Attributes:
        name: Of the case.
        way: How it was asked.
        latencies: By size, ascending.
        growth: Of the median, from the smallest size to the largest.
        is_met: Whether the 95th percentile is within the aim at the largest size.
    """

    name: str
    way: Way
    latencies: list[Latency]
    growth: float
    is_met: bool


class SizeReport(BaseModel):
    """How databases of one size were made.

    Attributes:
        load_seconds: Without summaries and their indexes; None when the rows were there before.
        migrate_seconds: From there to the newest revision, or from where they were.
    """

    size: int
    load_seconds: float | None
    migrate_seconds: float


class BackendReport(BaseModel):
    """Everything on one kind of database."""

    backend: str
    sizes: list[SizeReport]
    cases: list[CaseReport]


class DataReport(BaseModel):
    """The same questions at each size.

    Attributes:
        data_growth: The largest size over the smallest.
        backends: One for each kind of database.
    """

    data_growth: float
    backends: list[BackendReport]


def measure_data(
    folder: Path,
    repetitions: int,
    console: Console,
    *,
    sizes: Sequence[int] = SIZES,
    backends: Sequence[str] = BACKENDS,
    only: str = "",
) -> DataReport:
    """Measure each size on each database.

    Args:
        folder: Where databases are kept; those of an earlier run are used again.
        repetitions: Calls of each question.
        console: Shows progress.
        sizes: Numbers of transactions.
        backends: Kinds of databases.
        only: Leave out the questions without this in their name.
    """
    cases = [case for case in all_cases() if only in case.name]
    ascending = sorted(sizes)
    return DataReport(
        data_growth=ascending[-1] / ascending[0],
        backends=[
            _measure_backend(folder / backend, backend, ascending, cases, repetitions, console)
            for backend in backends
        ],
    )


def _measure_backend(
    folder: Path,
    backend: str,
    sizes: Sequence[int],
    cases: Sequence[Case],
    repetitions: int,
    console: Console,
) -> BackendReport:
    data = generate()
    made: list[SizeReport] = []
    latencies: dict[str, list[Latency]] = {case.name: [] for case in cases}
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server(folder)) if backend == POSTGRESQL else None
        for size in sizes:
            with console.status(f"{backend}: filling {size:,} transactions …"):
                found = filled(data, size, folder / str(size), server)
            made.append(_size_report(size, found))
            with _askers(found.settings) as asker, console.status("") as status:
                for case in cases:
                    status.update(f"{backend}, {size:,}: {case.name} …")
                    latencies[case.name].append(_time(case, asker(case), repetitions, size))
    return BackendReport(
        backend=backend, sizes=made, cases=[_case_report(case, latencies[case.name]) for case in cases]
    )


def _time(case: Case, ask: Ask, repetitions: int, size: int) -> Latency:
    for arguments in case.calls(WARM_UP_CALLS):
        ask(arguments)
    times: list[float] = []
    worked: list[float] = []
    gc.collect()
    until = time.perf_counter() + MAX_CASE_SECONDS
    for arguments in case.calls(repetitions):
        started, began = time.perf_counter(), time.process_time()
        ask(arguments)
        times.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - began) * 1000)
        if time.perf_counter() > until:
            break
    return Latency(
        size=size,
        count=len(times),
        p50_ms=round(percentile(times, 50), 1),
        p95_ms=round(percentile(times, 95), 1),
        cpu_ms=round(percentile(worked, 50), 1),
    )


@contextmanager
def _askers(settings: Settings) -> Iterator[Callable[[Case], Ask]]:
    """Serve the client service over databases, and yield what asks it, or a tool, a case."""
    clients, transactions = build_client_engine(settings), build_transaction_engine(settings)
    changed = build_client_engine(settings, read_only=False)
    signer = build_signer(settings, Issuer.MANAGER)
    try:
        store = ClientStore(clients, transactions, build_clock(settings.today))
        tools = {tool.name: tool for tool in build_client_tools(store, ChangeLedger(changed))}
        with _serve(settings) as url, httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:

            def asker(case: Case) -> Ask:
                if case.way is Way.TOOL:
                    return _tool_asker(tools[case.what], case)
                client.headers["Authorization"] = f"Bearer {signer.sign(case.asker)}"
                if case.way is Way.LIST:
                    return lambda said: _checked(client.get(case.what, params=said))
                return lambda said: _checked(client.post(case.what, json=said))

            yield asker
    finally:
        for engine in (clients, transactions, changed):
            engine.dispose()


def _tool_asker(tool: BaseTool, case: Case) -> Ask:
    """Return what calls a tool as an agent does: with the identity of a run, up to its text and chart."""
    run = SimpleNamespace(user=case.asker)
    runtime = SimpleNamespace(server_info=run, state={"messages": []}, tools=[])
    if not isinstance(tool, StructuredTool) or tool.func is None:
        raise TypeError(f"{tool.name} is no function")
    call = tool.func
    return lambda said: call(runtime=runtime, **said)


def _checked(response: httpx.Response) -> None:
    response.raise_for_status()


@contextmanager
def _serve(settings: Settings) -> Iterator[str]:
    """Run the client service in a thread of this process; it logs warnings alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the client service did not start")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _size_report(size: int, found: Filled) -> SizeReport:
    loaded = found.load_seconds
    return SizeReport(
        size=size,
        load_seconds=None if loaded is None else round(loaded, 1),
        migrate_seconds=round(found.migrate_seconds, 1),
    )


def _case_report(case: Case, latencies: list[Latency]) -> CaseReport:
    first, last = latencies[0], latencies[-1]
    return CaseReport(
        name=case.name,
        way=case.way,
        latencies=latencies,
        growth=round(last.p50_ms / max(first.p50_ms, 0.1), 2),
        is_met=last.p95_ms <= AIM_MS[case.way],
    )


def show_data(report: DataReport, console: Console) -> None:
    """Print a table for each kind of database."""
    for backend in report.backends:
        table = Table(title=f"{backend.backend}: the data grows x{report.data_growth:g}")
        table.add_column("question", no_wrap=True)
        table.add_column("n", justify="right")
        for size in backend.sizes:
            for figure in ("p50", "p95", "cpu"):
                table.add_column(f"{size.size:,} {figure}", justify="right")
        for column in ("growth", "aim p95", "met"):
            table.add_column(column, justify="right", no_wrap=True)
        for case in backend.cases:
            table.add_row(
                case.name,
                str(min(latency.count for latency in case.latencies)),
                *(
                    f"{milliseconds:.1f} ms"
                    for latency in case.latencies
                    for milliseconds in (latency.p50_ms, latency.p95_ms, latency.cpu_ms)
                ),
                f"x{case.growth:.1f}",
                f"{AIM_MS[case.way]:g} ms",
                "yes" if case.is_met else "no",
            )
        console.print(table)
        met = sum(case.is_met for case in backend.cases)
        slower = sum(case.growth < report.data_growth for case in backend.cases)
        console.print(
            f"{met} of {len(backend.cases)} within their aim at {backend.sizes[-1].size:,}; "
            f"{slower} grow slower than the data"
        )
        if backend.sizes[-1].size < LARGE:
            console.print(f"The aims are for {LARGE:,}: --sizes 500000,{LARGE}", style="dim")
        for size in backend.sizes:
            made = "there before" if size.load_seconds is None else f"loaded in {size.load_seconds:g} s"
            console.print(f"{size.size:,}: {made}, migrated in {size.migrate_seconds:g} s", style="dim")
