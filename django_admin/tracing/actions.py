"""What changes traces."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from django_admin.tracing.models import ID_CHARS, NAME_CHARS, Run, RunStatus
from django_admin.tracing.reports import Operation, Reported, merge

UPSERT_LOCK = 0x4E61_7275  # any number of our own
DELETE_AT_ONCE = 500

_REPORTED = tuple(name for name in Reported.__dataclass_fields__)
_DERIVED = (
    "service",
    "instance",
    "conversation_id",
    "user_id",
    "status",
    "duration_ms",
    "received_at",
)


class Report(NamedTuple):
    """One report of a run: at its beginning (`post`) or at its end (`patch`)."""

    operation: Operation
    run: Reported


def do_store_runs(reports: Sequence[Report]) -> None:
    """Store reports, merged with what is known of their runs. The same reports again change nothing."""
    if not reports:
        return
    ids = {report.run.id for report in reports}
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # A row that is not there yet cannot be locked; SQLite's transactions are immediate anyway.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [UPSERT_LOCK])
        known: dict[UUID, Reported] = {run.pk: _reported(run) for run in Run.objects.filter(pk__in=ids)}
        for operation, run in reports:
            known[run.id] = merge(known.get(run.id), operation, run)
        now = timezone.now()
        Run.objects.bulk_create(
            [_row(run, now) for run in known.values()],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*(name for name in _REPORTED if name != "id"), *_DERIVED],
        )


def do_delete_old_runs(*, older_than: timedelta) -> int:
    """Delete the runs that were received longer ago, and return how many there were.

    In portions, so that nobody waits for the database.
    """
    old = Run.objects.filter(received_at__lt=timezone.now() - older_than)
    deleted = 0
    while ids := list(old.values_list("pk", flat=True)[:DELETE_AT_ONCE]):
        deleted += Run.objects.filter(pk__in=ids).delete()[0]
    return deleted


def _reported(run: Run) -> Reported:
    return Reported(**{name: getattr(run, name) for name in _REPORTED})


def _row(run: Reported, now: datetime) -> Run:
    fields: dict[str, Any] = {name: getattr(run, name) for name in _REPORTED}
    duration = run.end_time - run.start_time if run.end_time and run.start_time else None
    return Run(
        **{**fields, "name": run.name[:NAME_CHARS], "run_type": run.run_type[:32]},
        service=_field(run, "service"),
        instance=_field(run, "instance"),
        conversation_id=_field(run, "conversation_id"),
        user_id=_field(run, "user_id"),
        status=_status(run),
        duration_ms=round(duration / timedelta(milliseconds=1), 1) if duration is not None else None,
        received_at=now,
    )


def _field(run: Reported, name: str) -> str:
    return str(run.metadata.get(name) or "")[:ID_CHARS]


def _status(run: Reported) -> RunStatus:
    if run.error:
        return RunStatus.ERROR
    return RunStatus.SUCCESS if run.end_time else RunStatus.PENDING
