"""`python -m bench [WHAT] [--repetitions N] [--json FILE]`; see `What` for what there is to measure.

`data` measures companies of 50,000 and 500,000 transactions; `--sizes 500000,5000000 --keep FOLDER` also
the one that its aims are for, and keeps it for the next time.
"""

import os
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic import BaseModel
from rich.console import Console

MIN_WIDTH = 132


class What(StrEnum):
    """What to measure; `START` comes first, for it fills the data dir that the others use."""

    START = "start"
    TURN = "turn"
    PARALLEL = "parallel"
    INSTANCES = "instances"
    TRACING = "tracing"
    LOGS = "logs"
    AGENT_SERVER = "agent-server"
    RETRIEVAL = "retrieval"
    DATA = "data"
    ALL = "all"


class Turns(BaseModel):
    """The two comparisons of a turn: through all processes, and with another supervisor."""

    processes: BaseModel
    supervisors: BaseModel


class Bench(NamedTuple):
    """What a measurement works with."""

    data_dir: Path
    repetitions: int
    console: Console
    data: "DataOptions"


class DataOptions(NamedTuple):
    """What `What.DATA` alone takes; the folder is a temporary one when it is None."""

    sizes: tuple[int, ...]
    databases: tuple[str, ...]
    kept_in: Path | None
    only: str


class Report(BaseModel):
    """The results of one run, with what they depend on.

    Attributes:
        cpus: That this machine has.
        load_before: The load average over one minute when it began.
        load_after: The same at its end; it includes the measurement itself.
        measured: The report of each measurement, by its name.
    """

    cpus: int | None
    load_before: float
    load_after: float
    measured: dict[str, BaseModel]


def main(
    what: Annotated[What, typer.Argument(help="What to measure.")] = What.ALL,
    repetitions: Annotated[int, typer.Option(min=1, help="Of each question on each side.")] = 40,
    json: Annotated[Path | None, typer.Option(help="Write the results there, too.")] = None,
    sizes: Annotated[
        str,
        typer.Option(
            help="Of `data`: numbers of transactions. The aims are for 5000000, which takes most of an hour "
            "and 6 GB: name it, and a folder to `--keep` it in."
        ),
    ] = "50000,500000",
    databases: Annotated[str, typer.Option(help="Of `data`: which.")] = "sqlite,postgresql",
    keep: Annotated[Path | None, typer.Option(help="Of `data`: keep the databases there.")] = None,
    only: Annotated[str, typer.Option(help="Of `data`: only questions with this in their name.")] = "",
) -> None:
    """Measure side by side, on a data dir that is made for it, and print ratios."""
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, MIN_WIDTH)
    # As the launcher sets it for the services; read when the embedding engine is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="narutalk-bench-") as folder:
        options = DataOptions(
            tuple(int(size) for size in sizes.split(",")), tuple(databases.split(",")), keep, only
        )
        bench = Bench(Path(folder) / "data", repetitions, console, options)
        measured = {
            name.value: measure(bench) for name, measure in MEASUREMENTS.items() if what in (name, What.ALL)
        }
    report = Report(
        cpus=os.cpu_count(),
        load_before=round(load_before, 2),
        load_after=round(os.getloadavg()[0], 2),
        measured=measured,
    )
    console.print(
        f"{report.cpus} cores; load average {report.load_before} before, {report.load_after} after",
        style="dim",
    )
    if json:
        json.parent.mkdir(parents=True, exist_ok=True)
        json.write_text(report.model_dump_json(indent=2, serialize_as_any=True) + "\n", encoding="utf-8")


# Each measurement is imported when it is asked for: most of them load the embedding engine.


def _start(bench: Bench) -> BaseModel:
    from bench.startup import measure_startup, show_startup

    report = measure_startup(bench.data_dir, bench.console)
    show_startup(report, bench.console)
    return report


def _turn(bench: Bench) -> BaseModel:
    from bench.supervisors import measure_supervisors, show_supervisors
    from bench.turn import measure_turns, show_turns

    supervisors = measure_supervisors(bench.data_dir, bench.repetitions, bench.console)
    show_supervisors(supervisors, bench.console)
    processes = measure_turns(bench.data_dir, bench.repetitions, bench.console)
    show_turns(processes, bench.console)
    return Turns(processes=processes, supervisors=supervisors)


def _parallel(bench: Bench) -> BaseModel:
    from bench.parallel import measure_parallel, show_parallel

    report = measure_parallel(bench.data_dir, bench.repetitions, bench.console)
    show_parallel(report, bench.console)
    return report


def _instances(bench: Bench) -> BaseModel:
    from bench.instances import measure_instances, show_instances

    report = measure_instances(bench.console)
    show_instances(report, bench.console)
    return report


def _tracing(bench: Bench) -> BaseModel:
    from bench.tracing import measure_tracing, show_tracing

    report = measure_tracing(bench.data_dir, bench.repetitions, bench.console)
    show_tracing(report, bench.console)
    return report


def _logs(bench: Bench) -> BaseModel:
    from bench.logs import measure_logs, show_logs

    report = measure_logs(bench.data_dir, bench.console)
    show_logs(report, bench.console)
    return report


def _agent_server(bench: Bench) -> BaseModel:
    from bench.agent_server.measure import measure_agent_server, show_agent_server

    report = measure_agent_server(bench.data_dir.parent / "agent-server", bench.console)
    show_agent_server(report, bench.console)
    return report


def _retrieval(bench: Bench) -> BaseModel:
    from bench.retrieval.measure import measure_retrieval, show_retrieval

    report = measure_retrieval(bench.data_dir.parent / "retrieval", bench.console)
    show_retrieval(report, bench.console)
    return report


def _data(bench: Bench) -> BaseModel:
    from bench.data.measure import measure_data, show_data

    options = bench.data
    report = measure_data(
        options.kept_in or bench.data_dir.parent / "company",
        bench.repetitions,
        bench.console,
        sizes=options.sizes,
        backends=options.databases,
        only=options.only,
    )
    show_data(report, bench.console)
    return report


MEASUREMENTS: dict[What, Callable[[Bench], BaseModel]] = {
    What.START: _start,
    What.TURN: _turn,
    What.PARALLEL: _parallel,
    What.INSTANCES: _instances,
    What.TRACING: _tracing,
    What.LOGS: _logs,
    What.AGENT_SERVER: _agent_server,
    What.RETRIEVAL: _retrieval,
    What.DATA: _data,
}


if __name__ == "__main__":
    typer.run(main)
