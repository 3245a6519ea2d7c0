"""How long `narutalk up` takes to be ready and to stop, and how much memory its processes hold."""

import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import psutil
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.company import running_company
from bench.figures import percentile
from bench.questions import QUESTIONS
from tests.company import Company

LAUNCHER = "launcher"
LOADED_STARTS = 3
TURN_ROUNDS = 3
READY_AIM_SECONDS = 15.0
MEMORY_AIM_MB = 1200.0
STOP_AIM_SECONDS = 5.0
MB = 1_000_000


class ProcessMemory(BaseModel):
    """The memory of one process after some turns.

    Attributes:
        name: Of the process.
        rss_mb: Resident, in megabytes (10^6 bytes); what is shared counts in each process.
        pss_mb: Resident with shared pages divided by their sharers; None where the system does not tell.
    """

    name: str
    rss_mb: float
    pss_mb: float | None


class StartupReport(BaseModel):
    """What was measured of starting and stopping.

    Attributes:
        first_ready_seconds: From exec to the readiness line on an empty data dir.
        ready_seconds: The same on a loaded data dir, of each start.
        stop_seconds: From Ctrl-C to the launcher's end, of each start.
        memory: Of each process, at the last start.
    """

    first_ready_seconds: float
    ready_seconds: list[float]
    stop_seconds: list[float]
    memory: list[ProcessMemory]

    @property
    def rss_mb(self) -> float:
        """Of all processes together."""
        return sum(process.rss_mb for process in self.memory)

    @property
    def pss_mb(self) -> float | None:
        """Of all processes together; None where the system does not tell."""
        known = [process.pss_mb for process in self.memory if process.pss_mb is not None]
        return sum(known) if len(known) == len(self.memory) else None


def measure_startup(data_dir: Path, console: Console) -> StartupReport:
    """Start and stop the company: once on an empty data dir, then on what that left.

    Args:
        data_dir: Must be empty or absent.
        console: Shows the progress.
    """
    ready, stops, memory = [], [], list[ProcessMemory]()
    for number in range(1 + LOADED_STARTS):
        with console.status(f"Start {number + 1} of {1 + LOADED_STARTS} …"):
            began = time.perf_counter()
            with running_company(data_dir) as company:
                ready.append(round(time.perf_counter() - began, 2))
                _take_turns(company)
                memory = _memory_of(company)
                stops.append(round(company.stop(), 2))
    return StartupReport(
        first_ready_seconds=ready[0], ready_seconds=ready[1:], stop_seconds=stops, memory=memory
    )


def _take_turns(company: Company) -> None:
    with company.login() as client:
        for question in QUESTIONS * TURN_ROUNDS:
            response = client.post("/api/chat", json={"message": question.text})
            if response.status_code != httpx.codes.OK:
                raise RuntimeError(f"{question.text!r} was answered with {response.text}")


def _memory_of(company: Company) -> list[ProcessMemory]:
    launcher = psutil.Process(company.process.pid)
    names = {pid: name for name, pid in company.child_pids().items()} | {launcher.pid: LAUNCHER}
    found = []
    for process in (launcher, *launcher.children(recursive=True)):
        memory = process.memory_full_info()
        pss = getattr(memory, "pss", None)  # Linux only
        found.append(
            ProcessMemory(
                name=names.get(process.pid, process.name()),
                rss_mb=round(memory.rss / MB, 1),
                pss_mb=round(pss / MB, 1) if pss else None,
            )
        )
    return found


def show_startup(report: StartupReport, console: Console) -> None:
    """Print what was measured, and whether it is what we aim at."""
    memory = Table(title="Memory of each process after some turns")
    memory.add_column("process")
    memory.add_column("RSS", justify="right")
    memory.add_column("PSS", justify="right")
    for process in report.memory:
        memory.add_row(process.name, _mb(process.rss_mb), _mb(process.pss_mb))
    memory.add_section()
    memory.add_row("together", _mb(report.rss_mb), _mb(report.pss_mb))
    console.print(memory)
    times = Table(title="Start, stop and memory against their aims")
    for column in ("measured", "values", "median", "aim", "worst"):
        times.add_column(column)
    rows: Sequence[tuple[str, Sequence[float], float | None, str]] = (
        ("first start, empty data dir", [report.first_ready_seconds], None, "s"),
        ("ready, data loaded", report.ready_seconds, READY_AIM_SECONDS, "s"),
        ("stop on Ctrl-C", report.stop_seconds, STOP_AIM_SECONDS, "s"),
        ("memory together (RSS)", [report.rss_mb], MEMORY_AIM_MB, "MB"),
    )
    for name, values, aim, unit in rows:
        digits = 2 if unit == "s" else 0
        times.add_row(
            name,
            " ".join(f"{value:.{digits}f}" for value in values),
            f"{percentile(values, 50):.{digits}f} {unit}",
            f"{aim:g} {unit}" if aim else "",
            _verdict(max(values), aim),
        )
    console.print(times)


def _verdict(worst: float, aim: float | None) -> str:
    if aim is None:
        return ""
    return "[green]met[/green]" if worst <= aim else "[red]missed[/red]"


def _mb(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} MB"
