"""The periodic tasks of tracing."""

from datetime import timedelta

from django.conf import settings
from django_tasks import task

from django_admin.monitoring.schedule import periodic
from django_admin.tracing.actions import do_delete_old_runs


@periodic(every=timedelta(hours=1))
@task()
def prune_traces() -> None:
    """Delete the traces that are older than the settings keep them."""
    do_delete_old_runs(older_than=timedelta(days=settings.NARUTALK.trace_retention_days))
