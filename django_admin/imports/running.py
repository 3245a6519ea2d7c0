"""The imports that run in this process. A run belongs to the runner, not to the request that began it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

import structlog

from django_admin.accounts.identity import identity_of
from django_admin.accounts.models import User
from django_admin.config.threads import in_database
from django_admin.imports.access import file_part
from django_admin.imports.actions import BEAT_SECONDS, INTERRUPTED, UNCERTAIN, do_beat, do_fail, do_finish
from django_admin.imports.client import FileToImport, ImportClient
from django_admin.imports.models import ImportJob
from narutalk.errors import NaruTalkError

logger = structlog.get_logger(__name__)

PROBLEMS_KEPT = 10_000
"""Of one run; all are counted."""
CLOSE_SECONDS = 5.0


class ImportRunner:
    """Sends jobs' files to their services and stores what comes back, whether anybody waits for it or not.

    Args:
        client: Asks the services.
    """

    def __init__(self, client: ImportClient) -> None:
        self._client = client
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def start(self, job: ImportJob, user: User) -> None:
        """Run a job that is stored as running."""
        task = asyncio.create_task(self._run(job, user))
        self._tasks[job.pk] = task
        task.add_done_callback(partial(self._forget, job.pk))

    def _forget(self, job_id: UUID, ended: asyncio.Task[None]) -> None:
        if self._tasks.get(job_id) is ended:  # the job's next run may have begun
            del self._tasks[job_id]

    async def stop(self, job_id: UUID) -> None:
        """Stop listening to a run, if it is of this process; another one finds that its job is gone."""
        task = self._tasks.get(job_id)
        if task:
            task.cancel()
            await asyncio.wait([task], timeout=CLOSE_SECONDS)

    async def close(self) -> None:
        """Stop listening; what a service has begun it ends, and the job says that this is not known."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)

    async def _run(self, job: ImportJob, user: User) -> None:
        beating = asyncio.create_task(_beat(job.pk))
        try:
            await self._import(job, user)
        except asyncio.CancelledError:
            await in_database(do_fail, job.pk, INTERRUPTED if job.dry_run else UNCERTAIN)
            raise
        except NaruTalkError as error:
            await in_database(do_fail, job.pk, error)
        except Exception:
            logger.exception("import failed", job_id=str(job.pk), kind=job.kind)
            await in_database(do_fail, job.pk, NaruTalkError("Something went wrong on our side."))
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _import(self, job: ImportJob, user: User) -> None:
        identity = await in_database(identity_of, user)
        answer = await self._client.run(
            identity,
            job.service,
            kind=job.kind,
            file=FileToImport(job.file_name, job.file_bytes, _chunks(job.pk)),
            options={**job.options, "problem_limit": PROBLEMS_KEPT},
            dry_run=job.dry_run,
        )
        told = answer.model_dump(mode="json")
        problems = told.pop("problems")
        await in_database(do_finish, job.pk, told, problems)


async def _beat(job_id: UUID) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        await in_database(do_beat, job_id)


async def _chunks(job_id: UUID) -> AsyncIterator[bytes]:
    number = 0
    while (content := await in_database(file_part, job_id, number)) is not None:
        yield content
        number += 1
