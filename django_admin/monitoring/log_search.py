"""Finds log records: by request, service, level, time and text; a page at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Self

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from django_admin.monitoring.log_models import LogBatch, LogLevel, LogRecord

PAGE_RECORDS = 100
MAX_PK = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """What to look for; what is empty does not matter.

    Attributes:
        request_id: Exactly; the records then come in the order of time, the oldest first.
        service: Exactly.
        instance: Exactly.
        level: This one and what is worse.
        since: From this time on.
        until: Before this time.
        text: In the event or the exception, in any case of letters.
    """

    request_id: str = ""
    service: str = ""
    instance: str = ""
    level: LogLevel = LogLevel.DEBUG
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""

    @property
    def oldest_first(self) -> bool:
        """Whether the records are a story to read from its beginning."""
        return bool(self.request_id)


class Cursor(NamedTuple):
    """The last record of a page; the next page begins behind it."""

    timestamp: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.timestamp.isoformat()}~{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a cursor from an address; None when it is none."""
        timestamp, _, pk = text.partition("~")
        try:
            cursor = cls(datetime.fromisoformat(timestamp).astimezone(UTC), int(pk))
        except (ValueError, OverflowError):
            return None
        return cursor if 0 <= cursor.pk <= MAX_PK else None


class LogPage(NamedTuple):
    """Some records, and where the next page begins; None on the last."""

    records: list[LogRecord]
    next: Cursor | None


@dataclass(frozen=True, kw_only=True)
class RequestStory:
    """One request over all services."""

    count: int
    services: list[str]
    started_at: datetime | None
    ended_at: datetime | None


def access_log_page(query: LogQuery, after: Cursor | None = None, *, limit: int = PAGE_RECORDS) -> LogPage:
    """Return one page, by keyset: how deep it lies costs nothing, and new records do not shift it."""
    found = _filtered(query)
    order = ("timestamp", "id") if query.oldest_first else ("-timestamp", "-id")
    if after:
        found = found.filter(_behind(after, oldest_first=query.oldest_first))
    records = list(found.order_by(*order)[: limit + 1])
    page = records[:limit]
    more = len(records) > limit
    return LogPage(page, Cursor(page[-1].timestamp, page[-1].pk) if more else None)


def access_request_story(request_id: str) -> RequestStory:
    """Return how far a request went, and how long it was seen."""
    records = LogRecord.objects.filter(request_id=request_id)
    sums = records.aggregate(count=Count("id"), started_at=Min("timestamp"), ended_at=Max("timestamp"))
    services = records.order_by("service").values_list("service", flat=True).distinct()
    return RequestStory(services=list(services), **sums)


def count_lost(query: LogQuery) -> int:
    """Return how many records never came, of the service and instance and in the time of a query."""
    batches = LogBatch.objects.filter(dropped__gt=0)
    for field, value in (
        ("service", query.service),
        ("instance", query.instance),
        ("received_at__gte", query.since),
        ("received_at__lt", query.until),
    ):
        if value:
            batches = batches.filter(**{field: value})
    return int(batches.aggregate(lost=Sum("dropped"))["lost"] or 0)


def _filtered(query: LogQuery) -> QuerySet[LogRecord]:
    found = LogRecord.objects.all()
    for field in ("request_id", "service", "instance"):
        if value := getattr(query, field):
            found = found.filter(**{field: value})
    if query.level >= LogLevel.WARNING:  # few: worth an index of their own
        found = found.filter(level__in=[level for level in LogLevel if level >= query.level])
    elif query.level > LogLevel.DEBUG:
        found = found.filter(level__gte=query.level)
    if query.since:
        found = found.filter(timestamp__gte=query.since)
    if query.until:
        found = found.filter(timestamp__lt=query.until)
    if query.text:
        found = found.filter(Q(event__icontains=query.text) | Q(exception__icontains=query.text))
    return found


def _behind(cursor: Cursor, *, oldest_first: bool) -> Q:
    time, pk = cursor
    if oldest_first:
        return Q(timestamp__gte=time) & (Q(timestamp__gt=time) | Q(pk__gt=pk))
    return Q(timestamp__lte=time) & (Q(timestamp__lt=time) | Q(pk__lt=pk))
