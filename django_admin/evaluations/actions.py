"""What changes evaluation runs."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.evaluations import models
from django_admin.evaluations.access import find_baseline, stored_results
from django_admin.evaluations.environment import describe_environment
from django_admin.evaluations.models import SETTLED, EvaluationRun, RunStatus
from evals.evaluators import MEASURES
from evals.examples import SUFFIX, Dataset, load_dataset
from evals.gate import compare
from evals.report import summarise
from evals.results import Result
from evals.runner import Parameters, chosen_examples
from narutalk.errors import Conflict
from narutalk.settings import Settings

HEARTBEAT_SECONDS = 1.0
DEAD_AFTER = timedelta(seconds=60)
DEAD_MESSAGE = "The process that ran it ended."


def do_create_run(
    dataset_name: str,
    *,
    settings: Settings,
    parameters: Parameters,
    started_by: User | None = None,
    baseline: str = "",
    upload: bool = False,
    url: str = "",
) -> EvaluationRun:
    """Store a run that is to be done.

    Args:
        dataset_name: A name, or the path of a file.
        settings: Of this process; what matters of them is kept with the run.
        parameters: How it asks.
        started_by: The administrator; None from the command line.
        baseline: An id or ``latest``; empty for none.
        upload: Whether LangSmith gets the run too.
        url: Of the service that is asked, instead of the settings'.

    Raises:
        NotFound: ``dataset_not_found`` or ``evaluation_run_not_found``.
        InvalidInput, Conflict: The dataset or the baseline cannot be used.
    """
    dataset = load_dataset(dataset_name)
    do_fail_abandoned()
    return EvaluationRun.objects.create(
        dataset=do_record_dataset(dataset),
        baseline=find_baseline(baseline, dataset=dataset.name) if baseline else None,
        started_by=started_by,
        parameters={**asdict(parameters), "source": _source(dataset_name), "upload": upload, "url": url},
        environment=describe_environment(settings),
        total=len(chosen_examples(dataset, parameters.limit)) * parameters.repetitions,
    )


def do_record_dataset(dataset: Dataset) -> models.Dataset:
    """Store a version of a dataset, unless it is known."""
    found, _ = models.Dataset.objects.get_or_create(
        name=dataset.name,
        digest=dataset.digest,
        defaults={
            "target": dataset.header.target.value,
            "description": dataset.header.description,
            "examples": len(dataset.examples),
        },
    )
    return found


def do_start_run(dataset_name: str, **options: Any) -> EvaluationRun:
    """Store a run and hand it to the worker; takes and raises what `do_create_run` does."""
    from django_admin.evaluations.tasks import run_evaluation  # which imports what does the runs

    run = do_create_run(dataset_name, **options)
    transaction.on_commit(lambda: run_evaluation.enqueue(run.pk))
    return run


def do_claim(run_id: int) -> EvaluationRun:
    """Take up a queued run.

    Raises:
        Conflict: ``run_not_queued``: it was cancelled, or another process has it.
    """
    now = timezone.now()
    claimed = EvaluationRun.objects.filter(pk=run_id, status=RunStatus.QUEUED).update(
        status=RunStatus.RUNNING, started_at=now, heartbeat_at=now
    )
    if not claimed:
        raise Conflict("The run is not waiting to be done.", code="run_not_queued")
    return EvaluationRun.objects.select_related("dataset", "baseline").get(pk=run_id)


def do_beat(run_id: int) -> bool:
    """Say that a run is alive, and return whether it may go on: not when someone has cancelled it."""
    running = EvaluationRun.objects.filter(pk=run_id, status=RunStatus.RUNNING)
    return bool(running.filter(cancel_requested=False).update(heartbeat_at=timezone.now()))


def do_store_result(run_id: int, result: Result) -> None:
    """Store a result with its scores."""
    shares = [
        score.value for score in result.scores if score.value is not None and score.evaluator not in MEASURES
    ]
    with transaction.atomic():
        stored = models.Result.objects.create(
            run_id=run_id,
            example_id=result.example_id,
            position=result.position,
            repetition=result.repetition,
            language=result.language,
            tags=list(result.tags),
            inputs=result.inputs,
            reference=result.reference,
            output=_without_nul(result.output),
            error=result.error.replace("\0", ""),
            duration_ms=result.duration_ms,
            share=fmean(shares) if shares else None,
        )
        models.Score.objects.bulk_create(
            models.Score(
                result=stored,
                evaluator=score.evaluator,
                value=score.value,
                comment=score.comment.replace("\0", ""),
            )
            for score in result.scores
        )
        EvaluationRun.objects.filter(pk=run_id).update(done=F("done") + 1)


def do_settle(run_id: int, status: RunStatus, error: str = "") -> EvaluationRun:
    """End a run: sum it up, and compare it with its baseline if it succeeded. What is settled stays."""
    run = EvaluationRun.objects.select_related("dataset", "baseline").get(pk=run_id)
    results = stored_results(run)
    run.summary = summarise(results).model_dump(mode="json") if results else None
    if status == RunStatus.SUCCEEDED and run.baseline:
        run.comparison = compare(results, stored_results(run.baseline)).model_dump(mode="json")
    EvaluationRun.objects.filter(pk=run_id).exclude(status__in=SETTLED).update(
        status=status,
        error=error.replace("\0", ""),
        finished_at=timezone.now(),
        summary=run.summary,
        comparison=run.comparison,
    )
    run.refresh_from_db()
    return run


def do_cancel(run: EvaluationRun) -> None:
    """End a run that waits at once, and ask one that runs to end."""
    EvaluationRun.objects.filter(pk=run.pk, status=RunStatus.QUEUED).update(
        status=RunStatus.CANCELLED, finished_at=timezone.now()
    )
    EvaluationRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(cancel_requested=True)


def do_fail_abandoned() -> int:
    """Mark runs as failed whose process has not been heard of for a minute; return how many."""
    dead = EvaluationRun.objects.filter(
        status=RunStatus.RUNNING, heartbeat_at__lt=timezone.now() - DEAD_AFTER
    )
    for run in dead:
        do_settle(run.pk, RunStatus.FAILED, DEAD_MESSAGE)
    return len(dead)


def _source(dataset_name: str) -> str:
    """Return what the worker, in another folder, finds the same dataset by."""
    return str(Path(dataset_name).resolve()) if dataset_name.endswith(SUFFIX) else dataset_name


def _without_nul(value: Any) -> Any:
    """Return JSON without the one character that PostgreSQL does not store."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: _without_nul(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    return value
