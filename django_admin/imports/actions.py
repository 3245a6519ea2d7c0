"""What changes import jobs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.imports.access import access_job
from django_admin.imports.models import FILE_NAME_CHARS, ImportFilePart, ImportJob, ImportStatus
from narutalk.errors import Conflict, NaruTalkError

BEAT_SECONDS = 5.0
DEAD_AFTER = timedelta(seconds=30)
FILES_KEPT = 5
"""How many files of one person wait for their import; older ones are let go."""
RUNNING_AT_ONCE = 2
"""How many imports of one person run."""
FILES_KEPT_FOR = timedelta(days=1)
JOBS_KEPT_FOR = timedelta(days=30)

INTERRUPTED = Conflict("The check was interrupted. Check the file again.", code="import_interrupted")
UNCERTAIN = Conflict(
    "The import was interrupted, and may have been done or not: all of it or nothing. The history says. "
    "Importing the file again does no harm.",
    code="import_uncertain",
)


@transaction.atomic
def do_create(
    user: User,
    *,
    service: str,
    kind: str,
    file_name: str,
    parts: Iterable[bytes],
    options: dict[str, Any],
    dry_run: bool,
) -> ImportJob:
    """Store a file, and say that its run begins; the caller runs it.

    Raises:
        Conflict: ``imports_running``: as many as may run at once are running.
    """
    now = timezone.now()
    _refuse_too_many(user, now)
    job = ImportJob.objects.create(
        owner=user,
        service=service,
        kind=kind,
        file_name=file_name[-FILE_NAME_CHARS:],
        file_bytes=0,
        options=options,
        dry_run=dry_run,
        status=ImportStatus.RUNNING,
        created_at=now,
        started_at=now,
        beat_at=now,
    )
    for number, content in enumerate(parts):
        ImportFilePart.objects.create(job=job, number=number, content=content)
        job.file_bytes += len(content)
    job.save(update_fields=["file_bytes"])
    _let_go_of_older_files(user)
    return job


@transaction.atomic
def do_start_again(user: User, job_id: UUID, *, options: dict[str, Any], dry_run: bool) -> ImportJob:
    """Begin another run of a job's file: with a different mapping, or for real.

    Raises:
        NotFound: ``import_not_found``.
        Conflict: ``import_running``, ``import_applied``, ``import_file_gone``, ``imports_running``.
    """
    job = access_job(user, job_id)
    now = timezone.now()
    if job.applied_at:
        raise Conflict("The file has been imported.", code="import_applied")
    if not job.parts.exists():
        raise Conflict("The file is not kept any more. Send it again.", code="import_file_gone")
    _refuse_too_many(user, now)
    # One statement: of two who start it at once, one does.
    started = (
        ImportJob.objects.filter(pk=job.pk, applied_at=None)
        .exclude(status=ImportStatus.RUNNING)
        .update(
            status=ImportStatus.RUNNING,
            options=options,
            dry_run=dry_run,
            result=None,
            problems=[],
            error=None,
            started_at=now,
            beat_at=now,
            finished_at=None,
        )
    )
    if not started:
        raise Conflict("The file is being checked or imported already.", code="import_running")
    job.refresh_from_db()
    return job


@transaction.atomic
def do_discard(user: User, job_id: UUID) -> None:
    """Let go of a file that is not imported, whether its check goes on or has ended.

    Raises:
        NotFound: ``import_not_found``.
        Conflict: ``import_applied``; ``import_running``: it is being imported, which goes on.
    """
    job = access_job(user, job_id)
    if job.applied_at:
        raise Conflict("The file has been imported.", code="import_applied")
    # One statement: what is being checked, nobody else starts.
    claimed = (
        ImportJob.objects.filter(pk=job.pk, applied_at=None)
        .exclude(status=ImportStatus.RUNNING, dry_run=False)
        .update(status=ImportStatus.RUNNING, dry_run=True)
    )
    if not claimed:
        raise Conflict("The file is being imported.", code="import_running")
    job.delete()


def do_beat(job_id: UUID) -> None:
    """Note that a run goes on."""
    _running(job_id).update(beat_at=timezone.now())


def do_finish(job_id: UUID, result: dict[str, Any], problems: list[dict[str, Any]]) -> None:
    """Note what came of a run; the file of one that wrote its rows is let go."""
    now = timezone.now()
    with transaction.atomic():
        applied = bool(result["applied"])
        _running(job_id).update(
            status=ImportStatus.SUCCEEDED,
            result=_storable(result),
            problems=_storable(problems),
            finished_at=now,
            applied_at=now if applied else None,
        )
        if applied:
            ImportFilePart.objects.filter(job_id=job_id).delete()


def do_fail(job_id: UUID, error: NaruTalkError) -> None:
    """Note why a run has no result."""
    told = {"code": error.code, "message": error.message, "details": error.details}
    _running(job_id).update(status=ImportStatus.FAILED, error=_storable(told), finished_at=timezone.now())


def do_fail_abandoned(now: datetime) -> None:
    """Note that runs ended whose process is silent."""
    silent = ImportJob.objects.filter(status=ImportStatus.RUNNING, beat_at__lt=now - DEAD_AFTER)
    for job_id, dry_run in silent.values_list("pk", "dry_run"):
        do_fail(job_id, INTERRUPTED if dry_run else UNCERTAIN)


def do_prune(now: datetime) -> None:
    """Let go of files that nobody imported within a day, and of jobs after a month."""
    idle = ImportJob.objects.exclude(status=ImportStatus.RUNNING)
    ImportFilePart.objects.filter(job__in=idle.filter(started_at__lt=now - FILES_KEPT_FOR)).delete()
    idle.filter(started_at__lt=now - JOBS_KEPT_FOR).delete()


def _storable(told: Any) -> Any:
    """Without NUL, which a file may hold and PostgreSQL stores in no JSON."""
    if isinstance(told, str):
        return told.replace("\x00", "")
    if isinstance(told, dict):
        return {_storable(name): _storable(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_storable(value) for value in told]
    return told


def _running(job_id: UUID) -> Any:
    return ImportJob.objects.filter(pk=job_id, status=ImportStatus.RUNNING)


def _refuse_too_many(user: User, now: datetime) -> None:
    do_fail_abandoned(now)
    if ImportJob.objects.filter(owner=user, status=ImportStatus.RUNNING).count() >= RUNNING_AT_ONCE:
        raise Conflict("Wait until your other imports have ended.", code="imports_running")


def _let_go_of_older_files(user: User) -> None:
    kept = ImportJob.objects.filter(owner=user).values_list("pk", flat=True)[:FILES_KEPT]
    older = ImportJob.objects.filter(owner=user).exclude(pk__in=list(kept))
    older = older.exclude(status=ImportStatus.RUNNING)
    ImportFilePart.objects.filter(job__in=older).delete()
