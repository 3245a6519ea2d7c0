"""Finding runs, and their results in the form that `evals` reports on."""

from typing import NamedTuple

from django_admin.evaluations.models import EvaluationRun, RunStatus
from evals.results import Score
from narutalk.errors import Conflict, InvalidInput, NotFound

LATEST = "latest"


class StoredResult(NamedTuple):
    """What `evals.report` needs of a result."""

    example_id: str
    language: str
    tags: tuple[str, ...]
    error: str
    scores: tuple[Score, ...]


def find_run(name: str, *, dataset: str | None = None) -> EvaluationRun:
    """Return a run by its id, or the ``latest`` one that finished.

    Args:
        name: An id, with or without ``#``, or ``latest``.
        dataset: Of this dataset only.

    Raises:
        NotFound: ``evaluation_run_not_found``.
        InvalidInput: The name is neither.
    """
    runs = EvaluationRun.objects.select_related("dataset", "baseline", "started_by")
    if name == LATEST:
        found = runs.filter(status=RunStatus.SUCCEEDED)
        if dataset:
            found = found.filter(dataset__name=dataset)
        run = found.first()
    else:
        number = name.removeprefix("#")
        if not number.isdecimal():
            raise InvalidInput(f"A run is named by its number or `{LATEST}`, not {name!r}.")
        run = runs.filter(pk=int(number)).first()
    if run is None:
        raise NotFound("evaluation run", details={"run": name})
    return run


def find_baseline(name: str, *, dataset: str) -> EvaluationRun:
    """Return a finished run of a dataset to compare with.

    Raises:
        NotFound: ``evaluation_run_not_found``.
        Conflict: ``baseline_unusable``: it is of another dataset, or has not finished.
    """
    run = find_run(name, dataset=dataset)
    if run.dataset.name != dataset:
        raise Conflict(f"Run {run} is of another dataset than {dataset}.", code="baseline_unusable")
    if run.status != RunStatus.SUCCEEDED:
        raise Conflict(f"Run {run} has not finished.", code="baseline_unusable")
    return run


def stored_results(run: EvaluationRun) -> list[StoredResult]:
    """Return all results of a run with their scores."""
    return [
        StoredResult(
            result.example_id,
            result.language,
            tuple(result.tags),
            result.error,
            tuple(Score(score.evaluator, score.value, score.comment) for score in result.scores.all()),
        )
        for result in run.results.prefetch_related("scores").only(
            "example_id", "language", "tags", "error", "run"
        )
    ]
