"""Deletes old log records, a bounded number at a time."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from django_admin.monitoring.log_models import LogBatch, LogRecord
from django_admin.monitoring.schedule import periodic

logger = structlog.get_logger(__name__)

CHUNK_RECORDS = 2_000
KNOWN_FOR = timedelta(days=1)
PRUNE_EVERY = timedelta(hours=1)


@periodic(every=PRUNE_EVERY)
@task()
def prune_logs() -> None:
    """Delete what was received longer than `log_retention_days` ago."""
    deleted = do_prune_logs(before=timezone.now() - timedelta(days=settings.NARUTALK.log_retention_days))
    if deleted:
        logger.info("old log records deleted", count=deleted)


def do_prune_logs(*, before: datetime, chunk: int = CHUNK_RECORDS) -> int:
    """Delete the records received before a time, and return how many that were.

    What is known of their batches goes with them; of those before which nothing was lost after a day, when
    nobody sends them again.

    Args:
        before: By our clock, not by that of whoever logged.
        chunk: Rows in one transaction, so that none is long.
    """
    known_until = max(before, timezone.now() - KNOWN_FOR)
    _delete(LogBatch.objects.filter(received_at__lt=before), chunk)
    _delete(LogBatch.objects.filter(received_at__lt=known_until, dropped=0), chunk)
    deleted = 0
    while True:
        # In the order in which they came: the first that is young enough ends it, and no index is needed.
        first = LogRecord.objects.order_by("pk").values_list("pk", "received_at")[:chunk]
        old = [pk for pk, received_at in first if received_at < before]
        if not old:
            return deleted
        deleted += LogRecord.objects.filter(pk__lte=old[-1], received_at__lt=before).delete()[0]


def _delete(batches: QuerySet[LogBatch], chunk: int) -> None:
    while first := list(batches.order_by("received_at").values_list("pk", flat=True)[:chunk]):
        LogBatch.objects.filter(pk__in=first).delete()
