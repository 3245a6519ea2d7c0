"""Evaluation runs in a terminal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from django_admin.evaluations.models import EvaluationRun
from evals.evaluators import MEASURES
from evals.examples import Dataset
from evals.gate import Gate
from evals.report import Line, Report
from evals.results import Result

SHOWN_WORST = 5


@contextmanager
def progress_bar(console: Console, run: EvaluationRun) -> Iterator[Callable[[Result], None]]:
    """Draw a bar over a run's questions while the block runs; yields what is called with each result."""
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[errors]}", style="red"),
        TimeElapsedColumn(),
    )
    errors = 0
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(str(run), total=run.total, errors="")

        def advance(result: Result) -> None:
            nonlocal errors
            errors += bool(result.error)
            progress.update(bar, advance=1, errors=f"{errors} failed" if errors else "")

        yield advance


def print_run(console: Console, run: EvaluationRun) -> None:
    """Print a run with its summary."""
    lead = f"[bold]Run {run}[/bold] ({run.dataset.digest}): {run.get_status_display()}"
    console.print(f"{lead}, {run.done} of {run.total} questions", highlight=False)
    if run.error:
        console.print(run.error, style="red", markup=False, highlight=False)
    if run.summary is None:
        return
    report = Report.model_validate(run.summary)
    languages = [group.name for group in report.languages]
    with_unscored = any(line.unscored for line in report.lines)
    unscored = ["Unscored"] if with_unscored else []
    table = Table("Evaluator", "Mean", "95 % interval", *languages, *unscored, "Examples")
    for line in report.lines:
        by_language = [_of(group.lines, line.evaluator) for group in report.languages]
        table.add_row(
            line.evaluator,
            _mean(line),
            _interval(line),
            *(_mean(one) for one in by_language),
            *([str(line.unscored)] if with_unscored else []),
            str(line.estimate.examples if line.estimate else 0),
        )
    console.print(table)
    if report.errors:
        console.print(f"{report.errors} of {report.results} questions failed.", style="red")
    if report.worst:
        worst = ", ".join(f"{one.example_id} ({one.score:.2f})" for one in report.worst[:SHOWN_WORST])
        console.print(f"Worst: {worst}", highlight=False)


def print_comparison(
    console: Console, gate: Gate, run: EvaluationRun, baseline: EvaluationRun | None
) -> None:
    """Print two runs side by side, and whether the first is worse."""
    table = Table("Evaluator", f"Run {run.pk}", f"Baseline {baseline.pk if baseline else '–'}")
    for name in ("Difference", "p", ""):
        table.add_column(name)
    for one in gate.comparisons:
        table.add_row(
            one.evaluator,
            f"{one.run:.3f}",
            f"{one.baseline:.3f}",
            f"{one.difference:+.3f}",
            f"{one.p_value:.4f}",
            "[red]dropped[/red]" if one.dropped else "",
        )
    console.print(table)
    if gate.unmatched:
        console.print(f"{gate.unmatched} examples are in one of the two only and were not compared.")
    verdict = "[green]No significant drop.[/green]" if gate.passed else "[red]Significantly worse.[/red]"
    console.print(verdict)


def print_datasets(console: Console, datasets: Sequence[Dataset]) -> None:
    """Print the datasets that come with NaruTalk."""
    table = Table("Dataset", "Examples", "Asks", "Version", "About")
    for dataset in datasets:
        header = dataset.header
        table.add_row(
            dataset.name, str(len(dataset.examples)), header.target.value, dataset.digest, header.description
        )
    console.print(table)


def print_runs(console: Console, runs: Iterable[EvaluationRun]) -> None:
    """Print runs, the newest first."""
    table = Table("Run", "Dataset", "Status", "Questions", "Finished", "Scores")
    for run in runs:
        finished = run.finished_at.astimezone().strftime("%Y-%m-%d %H:%M") if run.finished_at else ""
        table.add_row(
            str(run.pk),
            run.dataset.name,
            run.get_status_display(),
            f"{run.done}/{run.total}",
            finished,
            scores(run),
        )
    console.print(table)


def scores(run: EvaluationRun) -> str:
    """Return the means of a run's shares in a line."""
    if run.summary is None:
        return ""
    lines = Report.model_validate(run.summary).lines
    return "  ".join(f"{line.evaluator} {_mean(line)}" for line in lines if line.evaluator not in MEASURES)


def _of(lines: Iterable[Line], evaluator: str) -> Line | None:
    return next((line for line in lines if line.evaluator == evaluator), None)


def _mean(line: Line | None) -> str:
    return f"{line.estimate.mean:.3f}" if line and line.estimate else "–"


def _interval(line: Line) -> str:
    return f"{line.estimate.low:.3f} – {line.estimate.high:.3f}" if line.estimate else "–"
