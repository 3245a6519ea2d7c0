"""`evaluate`: what `narutalk eval` does, inside the manager.

Ends with 0, with 1 on a significant drop, or with 2 when it could not run.
"""

import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings as django_settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, ProgrammingError
from rich.console import Console

from django_admin.evaluations.access import find_baseline, find_run, stored_results
from django_admin.evaluations.actions import do_create_run, do_fail_abandoned
from django_admin.evaluations.models import EvaluationRun, RunStatus
from django_admin.evaluations.running import do_run
from django_admin.evaluations.terminal import (
    print_comparison,
    print_datasets,
    print_run,
    print_runs,
    progress_bar,
)
from evals.examples import list_datasets
from evals.gate import Gate, compare
from evals.runner import Parameters
from narutalk.errors import InvalidInput, NaruTalkError

DROPPED, UNABLE, INTERRUPTED = 1, 2, 130
LISTED_RUNS = 20


class Command(BaseCommand):
    help = "Run evaluations and read their results."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        run = actions.add_parser("run")
        run.add_argument("dataset")
        run.add_argument("--baseline", default="")
        run.add_argument("--limit", type=int)
        run.add_argument("--repetitions", type=int, default=1)
        run.add_argument("--concurrency", type=int, default=Parameters.concurrency)
        run.add_argument("--timeout", type=float, default=Parameters.timeout_seconds)
        run.add_argument("--url", default="")
        run.add_argument("--upload", action="store_true")
        actions.add_parser("list")
        actions.add_parser("show").add_argument("run")
        comparing = actions.add_parser("compare")
        comparing.add_argument("run")
        comparing.add_argument("baseline")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        logging.getLogger("langsmith").setLevel(logging.CRITICAL)  # failures are results, shown as such
        do = {"run": _run, "list": _list, "show": _show, "compare": _compare}[action]
        try:
            code = do(Console(), options)
        except NaruTalkError as error:
            code = _unable(error.message)
        except (OperationalError, ProgrammingError) as error:
            code = _unable(f"The manager's database cannot be used; `narutalk up` sets it up. {error}")
        except KeyboardInterrupt:
            code = INTERRUPTED
        if code:
            raise SystemExit(code)


def _unable(message: str) -> int:
    Console(stderr=True).print(message, style="red", markup=False, highlight=False)
    return UNABLE


def _run(console: Console, options: dict[str, Any]) -> int:
    run = do_create_run(
        options["dataset"],
        settings=django_settings.NARUTALK,
        parameters=_parameters(options),
        baseline=options["baseline"],
        upload=options["upload"],
        url=options["url"],
    )
    with progress_bar(console, run) as on_progress:
        run = do_run(run.pk, settings=django_settings.NARUTALK, on_progress=on_progress)
    print_run(console, run)
    if run.status != RunStatus.SUCCEEDED:
        return UNABLE
    return _gate(console, run)


def _parameters(options: dict[str, Any]) -> Parameters:
    try:
        return Parameters(
            limit=options["limit"],
            repetitions=options["repetitions"],
            concurrency=options["concurrency"],
            timeout_seconds=options["timeout"],
        )
    except ValueError as error:
        raise InvalidInput(f"The {error}.") from error


def _gate(console: Console, run: EvaluationRun) -> int:
    if run.comparison is None:
        return 0
    gate = Gate.model_validate(run.comparison)
    print_comparison(console, gate, run, run.baseline)
    return 0 if gate.passed else DROPPED


def _list(console: Console, _options: dict[str, Any]) -> int:
    do_fail_abandoned()
    print_datasets(console, list_datasets())
    print_runs(console, EvaluationRun.objects.select_related("dataset")[:LISTED_RUNS])
    return 0


def _show(console: Console, options: dict[str, Any]) -> int:
    do_fail_abandoned()
    run = find_run(options["run"])
    print_run(console, run)
    if run.comparison is not None:
        print_comparison(console, Gate.model_validate(run.comparison), run, run.baseline)
    return 0


def _compare(console: Console, options: dict[str, Any]) -> int:
    run = find_run(options["run"])
    baseline = find_baseline(options["baseline"], dataset=run.dataset.name)
    gate = compare(stored_results(run), stored_results(baseline))
    print_comparison(console, gate, run, baseline)
    return 0 if gate.passed else DROPPED
