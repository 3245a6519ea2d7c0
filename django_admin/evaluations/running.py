"""Does a run: asks the company, stores each result when it is there, and sums up."""

import asyncio
from collections.abc import Callable

from django_admin.config.threads import in_database
from django_admin.evaluations.actions import HEARTBEAT_SECONDS, do_beat, do_claim, do_settle, do_store_result
from django_admin.evaluations.models import EvaluationRun, RunStatus
from evals.examples import Dataset, load_dataset
from evals.langsmith_client import offline_client, upload_client
from evals.results import Result
from evals.runner import Parameters, run_dataset
from evals.targets import open_target
from narutalk.errors import Conflict, NaruTalkError
from narutalk.settings import Settings

STOPPED_MESSAGE = "It was stopped."
CHANGED_MESSAGE = "The dataset has changed since the run was started."
NOTHING_ANSWERED = "No question was answered. The first error: {error}"

OnProgress = Callable[[Result], None]


class RunCancelled(Exception):
    """Someone has cancelled the run."""


def do_run(
    run_id: int, *, settings: Settings, on_progress: OnProgress = lambda _result: None
) -> EvaluationRun:
    """Do a queued run to its end, whatever that is, and return it.

    Args:
        run_id: Of the run.
        settings: Where the company is.
        on_progress: Called with each result.

    Raises:
        Conflict: ``run_not_queued``.
    """
    run = do_claim(run_id)
    try:
        results = asyncio.run(_evaluate(run, settings, on_progress))
    except RunCancelled:
        return do_settle(run_id, RunStatus.CANCELLED)
    except NaruTalkError as error:
        return do_settle(run_id, RunStatus.FAILED, error.message)
    except KeyboardInterrupt:
        do_settle(run_id, RunStatus.CANCELLED, STOPPED_MESSAGE)
        raise
    except BaseException as error:
        do_settle(run_id, RunStatus.FAILED, repr(error))
        raise
    if all(result.error for result in results):
        return do_settle(run_id, RunStatus.FAILED, NOTHING_ANSWERED.format(error=results[0].error))
    return do_settle(run_id, RunStatus.SUCCEEDED)


async def _evaluate(run: EvaluationRun, settings: Settings, on_progress: OnProgress) -> list[Result]:
    work = asyncio.create_task(_ask(run, settings, on_progress))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=HEARTBEAT_SECONDS)
            if not work.done() and not await in_database(do_beat, run.pk):
                raise RunCancelled
        return await work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _ask(run: EvaluationRun, settings: Settings, on_progress: OnProgress) -> list[Result]:
    given = dict(run.parameters)
    source, upload, url = (given.pop(name) for name in ("source", "upload", "url"))
    parameters = Parameters(**given)
    dataset = await asyncio.to_thread(_same_dataset, source, run.dataset.digest)
    client = upload_client(settings) if upload else offline_client()

    async def store(result: Result) -> None:
        await in_database(do_store_result, run.pk, result)
        on_progress(result)

    async with open_target(
        dataset.header.target, settings, timeout_seconds=parameters.timeout_seconds, url=url or None
    ) as target:
        return await run_dataset(
            dataset, target, client, parameters=parameters, upload=upload, on_result=store
        )


def _same_dataset(source: str, digest: str) -> Dataset:
    """Read the dataset of a run; what the worker finds may be newer than what was to be run."""
    dataset = load_dataset(source)
    if dataset.digest != digest:
        raise Conflict(CHANGED_MESSAGE, code="dataset_changed")
    return dataset
