"""`python -m bench [turn|start|logs|all] [--repetitions N] [--json FILE]`."""

import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console

from bench.startup import StartupReport, measure_startup, show_startup

MIN_WIDTH = 132


class What(StrEnum):
    """What to measure."""

    TURN = "turn"
    START = "start"
    LOGS = "logs"
    ALL = "all"


class Report(BaseModel):
    """The results of one run, with what they depend on.

    Attributes:
        cpus: That this machine has.
        load_before: The load average over one minute when it began.
        load_after: The same at its end; it includes the measurement itself.
        startup: None when it was not measured.
        turn: None when it was not measured.
        logs: None when it was not measured.
    """

    cpus: int | None
    load_before: float
    load_after: float
    startup: StartupReport | None
    turn: BaseModel | None
    logs: BaseModel | None


def main(
    what: Annotated[What, typer.Argument(help="What to measure.")] = What.ALL,
    repetitions: Annotated[int, typer.Option(min=1, help="Of each question on each side.")] = 40,
    json: Annotated[Path | None, typer.Option(help="Write the results there, too.")] = None,
) -> None:
    """Measure one turn and the start of `narutalk up`, on a data dir that is made for it."""
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, MIN_WIDTH)
    # As the launcher sets it for the services; read when the embedding engine is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    load_before = os.getloadavg()[0]
    startup, turn, logs = None, None, None
    with tempfile.TemporaryDirectory(prefix="narutalk-bench-") as folder:
        data_dir = Path(folder) / "data"
        if what in (What.START, What.ALL):
            startup = measure_startup(data_dir, console)
            show_startup(startup, console)
        if what in (What.TURN, What.ALL):
            from bench.turn import measure_turns, show_turns  # loads the embedding engine

            turn = measure_turns(data_dir, repetitions, console)
            show_turns(turn, console)
        if what in (What.LOGS, What.ALL):
            from bench.logs import measure_logs, show_logs

            logs = measure_logs(data_dir, console)
            show_logs(logs, console)
    report = Report(
        cpus=os.cpu_count(),
        load_before=round(load_before, 2),
        load_after=round(os.getloadavg()[0], 2),
        startup=startup,
        turn=turn,
        logs=logs,
    )
    console.print(
        f"{report.cpus} cores; load average {report.load_before} before, {report.load_after} after",
        style="dim",
    )
    if json:
        json.parent.mkdir(parents=True, exist_ok=True)
        json.write_text(report.model_dump_json(indent=2, serialize_as_any=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
