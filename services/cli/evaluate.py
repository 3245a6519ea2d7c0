"""Evaluation runs. The manager keeps them, so its command does the work, in this terminal."""

from typing import Annotated

import typer

from services.cli.application import DataDir, Port, command_settings
from services.cli.manager import run_in_manager

evaluate = typer.Typer(no_args_is_help=True, help="Ask the running company questions and score its answers.")

Run = Annotated[str, typer.Argument(help="A run's number, or latest.")]


@evaluate.command("run")
def run_dataset(
    dataset: Annotated[str, typer.Argument(help="routing, retrieval, company, or the path of a JSONL file.")],
    baseline: Annotated[str, typer.Option(help="A run to compare with: its number, or latest.")] = "",
    limit: Annotated[int | None, typer.Option(help="Only that many examples.")] = None,
    repetitions: Annotated[int, typer.Option(help="How often each example is asked.")] = 1,
    concurrency: Annotated[int, typer.Option(help="How many are asked at a time.")] = 4,
    timeout_seconds: Annotated[
        float, typer.Option("--timeout", help="Seconds after which a question failed.")
    ] = 60,
    url: Annotated[str, typer.Option(help="Of the service to ask, if not the configured one.")] = "",
    upload: Annotated[bool, typer.Option("--upload", help="Send it to LangSmith too.")] = False,
    data_dir: DataDir = None,
    port: Port = None,
) -> None:
    """Run a dataset. Ends with 1 on a significant drop against the baseline, with 2 when it cannot run."""
    arguments = ["run", dataset, "--repetitions", str(repetitions), "--concurrency", str(concurrency)]
    arguments += ["--timeout", str(timeout_seconds)]
    for name, value in (("baseline", baseline), ("limit", limit), ("url", url)):
        arguments += [f"--{name}", str(value)] if value not in ("", None) else []
    arguments += ["--upload"] if upload else []
    _evaluate(arguments, data_dir, port)


@evaluate.command("list")
def list_all(data_dir: DataDir = None) -> None:
    """List the datasets and the last runs."""
    _evaluate(["list"], data_dir)


@evaluate.command()
def show(run: Run, data_dir: DataDir = None) -> None:
    """Show a run's summary."""
    _evaluate(["show", run], data_dir)


@evaluate.command()
def compare(run: Run, baseline: Run, data_dir: DataDir = None) -> None:
    """Compare a run with a baseline. Ends with 1 on a significant drop."""
    _evaluate(["compare", run, baseline], data_dir)


def _evaluate(arguments: list[str], data_dir: DataDir, port: Port = None) -> None:
    settings = command_settings(data_dir=data_dir, port=port)
    raise typer.Exit(run_in_manager(settings, "evaluate", *arguments))
