"""Reading traces."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from django_admin.tracing.models import Run, RunStatus
from narutalk.errors import NotFound

PAGE_SIZE = 50
MAX_RUNS_SHOWN = 500
STALE_AFTER = timedelta(minutes=15)
LISTED = (
    "id",
    "trace_id",
    "name",
    "service",
    "status",
    "start_time",
    "end_time",
    "duration_ms",
    "received_at",
    "inputs",
    "conversation_id",
    "user_id",
)


class Filters(NamedTuple):
    """Which traces are looked for; empty values do not matter.

    Attributes:
        since: Only those that began later.
        status: ``pending``, ``success``, ``error`` or ``stale``.
        service: In which the trace began.
        name: Part of the root's name.
        subject: A conversation's, a user's, a message's or a trace's id.
        slower_than_ms: Only those that took longer.
    """

    since: datetime | None = None
    status: str = ""
    service: str = ""
    name: str = ""
    subject: str = ""
    slower_than_ms: float | None = None


class TracePage(NamedTuple):
    """A page of traces' root runs, the newest first."""

    items: list[Run]
    has_more: bool


def access_traces(filters: Filters, *, page: int = 1) -> TracePage:
    """Return a page of traces.

    Args:
        filters: Which.
        page: From 1.
    """
    found = Run.objects.filter(parent_id__isnull=True).only(*LISTED).order_by("-start_time", "id")
    for condition in _conditions(filters):
        found = found.filter(condition)
    first = (page - 1) * PAGE_SIZE
    items = list(found[first : first + PAGE_SIZE + 1])
    return TracePage(items[:PAGE_SIZE], len(items) > PAGE_SIZE)


def access_trace(trace_id: UUID) -> list[Run]:
    """Return the runs of a trace in the order of the tree, `MAX_RUNS_SHOWN` at most.

    Raises:
        NotFound: ``trace_not_found``.
    """
    runs = list(Run.objects.filter(trace_id=trace_id).order_by("dotted_order")[:MAX_RUNS_SHOWN])
    if not runs:
        raise NotFound("trace")
    return runs


def known_services() -> list[str]:
    """Return the services in which traces began."""
    roots: QuerySet[Run, str] = Run.objects.filter(parent_id__isnull=True).values_list("service", flat=True)
    return sorted(set(roots.order_by("service").distinct()) - {""})


def is_stale(run: Run) -> bool:
    """Whether a run is said to go on though nothing was heard of it for long: its process has died."""
    return run.status == RunStatus.PENDING and run.received_at < timezone.now() - STALE_AFTER


def _conditions(filters: Filters) -> list[Q]:
    long_ago = timezone.now() - STALE_AFTER
    by_status = {
        "pending": Q(status=RunStatus.PENDING, received_at__gte=long_ago),
        "stale": Q(status=RunStatus.PENDING, received_at__lt=long_ago),
        "success": Q(status=RunStatus.SUCCESS),
        "error": Q(status=RunStatus.ERROR),
    }
    conditions = [by_status[filters.status]] if filters.status in by_status else []
    if filters.since:
        conditions.append(Q(start_time__gte=filters.since))
    if filters.service:
        conditions.append(Q(service=filters.service))
    if filters.name:
        conditions.append(Q(name__icontains=filters.name))
    if filters.slower_than_ms is not None:
        conditions.append(Q(duration_ms__gt=filters.slower_than_ms))
    if filters.subject:
        conditions.append(_of_subject(filters.subject))
    return conditions


def _of_subject(subject: str) -> Q:
    found = Q(conversation_id=subject) | Q(user_id=subject)
    try:
        return found | Q(trace_id=UUID(subject)) | Q(metadata__message_id=str(UUID(subject)))
    except ValueError:
        return found
