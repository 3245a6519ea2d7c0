"""What tracing costs a turn, and what a LangSmith that hangs costs the end: four ways, in one run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.company import load_data, running_company
from bench.figures import percentile
from bench.questions import QUESTIONS
from tests.fakes.langsmith_server import Mood, running_langsmith

ROUNDS = 2
WARM_UP_ROUNDS = 2
STOP_AIM_SECONDS = 3.0
OFF = "off"


class Way(BaseModel):
    """One way to trace.

    Attributes:
        name: What it is called in the table.
        sink: Whether traces go to the manager.
        langsmith: How the fake LangSmith behaves; None where there is none.
    """

    name: str
    sink: bool
    langsmith: Mood | None


WAYS = (
    Way(name=OFF, sink=False, langsmith=None),
    Way(name="sink", sink=True, langsmith=None),
    Way(name="LangSmith", sink=False, langsmith="ok"),
    Way(name="LangSmith hung", sink=False, langsmith="hung"),
)


class WayReport(BaseModel):
    """What was measured of one way.

    Attributes:
        name: Of the way.
        count: Turns.
        p50_ms: Median of a turn.
        p95_ms: 95th percentile of a turn.
        ratio: Of its median to the median without tracing.
        stop_seconds: From Ctrl-C to the launcher's end, of each start.
    """

    name: str
    count: int
    p50_ms: float
    p95_ms: float
    ratio: float
    stop_seconds: list[float]


class TracingReport(BaseModel):
    """All ways, the first without tracing."""

    ways: list[WayReport]


def measure_tracing(data_dir: Path, repetitions: int, console: Console) -> TracingReport:
    """Start the company in each way, twice in turns, and ask it every question.

    Args:
        data_dir: Of the company; nobody else may have it open.
        repetitions: Of each question in each way.
        console: Shows the progress.
    """
    load_data(data_dir)
    turns: dict[str, list[float]] = {way.name: [] for way in WAYS}
    stops: dict[str, list[float]] = {way.name: [] for way in WAYS}
    for number in range(ROUNDS):
        for way in WAYS if number % 2 == 0 else reversed(WAYS):
            with (
                console.status(f"Round {number + 1} of {ROUNDS}: {way.name} …"),
                _environment(way) as variables,
                running_company(data_dir, environment=variables) as company,
            ):
                with company.login() as client:
                    turns[way.name] += _take_turns(client, max(1, repetitions // ROUNDS))
                stops[way.name].append(round(company.stop(), 2))
    without = percentile(turns[OFF], 50)
    return TracingReport(
        ways=[
            WayReport(
                name=way.name,
                count=len(turns[way.name]),
                p50_ms=round(percentile(turns[way.name], 50), 1),
                p95_ms=round(percentile(turns[way.name], 95), 1),
                ratio=round(percentile(turns[way.name], 50) / without, 2),
                stop_seconds=stops[way.name],
            )
            for way in WAYS
        ]
    )


@contextmanager
def _environment(way: Way) -> Iterator[dict[str, str]]:
    variables = {"NARUTALK_TRACE_SINK": str(way.sink).lower(), "LANGSMITH_TRACING": "false"}
    if way.langsmith is None:
        yield variables
        return
    with running_langsmith(mood=way.langsmith) as fake:
        yield {
            **variables,
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_ENDPOINT": fake.url,
            "LANGSMITH_API_KEY": fake.key,
        }


def _take_turns(client: httpx.Client, repetitions: int) -> list[float]:
    taken = []
    for number in range(-WARM_UP_ROUNDS, repetitions):
        for question in QUESTIONS:
            started = time.perf_counter()
            client.post("/api/chat", json={"message": question.text}).raise_for_status()
            if number >= 0:
                taken.append((time.perf_counter() - started) * 1000)
    return taken


def show_tracing(report: TracingReport, console: Console) -> None:
    """Print what was measured, and whether it is what we aim at."""
    table = Table(title="A turn with and without tracing, and how long everything takes to stop")
    for column in ("traces", "n", "p50", "p95", "ratio", "stop", f"stop, aim {STOP_AIM_SECONDS:g} s"):
        table.add_column(column, justify="left" if column == "traces" else "right")
    for way in report.ways:
        met = max(way.stop_seconds) <= STOP_AIM_SECONDS
        table.add_row(
            way.name,
            str(way.count),
            f"{way.p50_ms:.1f} ms",
            f"{way.p95_ms:.1f} ms",
            f"x{way.ratio:.2f}",
            " ".join(f"{seconds:.2f}" for seconds in way.stop_seconds),
            "[green]met[/green]" if met else "[red]missed[/red]",
        )
    console.print(table)
