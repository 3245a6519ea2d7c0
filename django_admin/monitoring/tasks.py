"""The periodic tasks of monitoring."""

from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django_tasks import task

from django_admin.monitoring.checks import do_check_instances, do_prune
from django_admin.monitoring.log_retention import prune_logs
from django_admin.monitoring.schedule import periodic
from narutalk.errors import ConfigurationError
from narutalk.identity import ingest_key

__all__ = ["check_instances", "prune_logs", "prune_monitoring", "prune_task_results"]

SUCCEEDED_KEPT_DAYS = 1
FAILED_KEPT_DAYS = 14


@periodic(every=lambda: timedelta(seconds=settings.NARUTALK.health_check_seconds))
@task(queue_name="monitoring")
def check_instances() -> None:
    """Ask every instance for its health and its metrics."""
    try:
        key = ingest_key(settings.NARUTALK).get_secret_value()
    except ConfigurationError:  # then only the figures of instances on this machine can be had
        key = ""
    do_check_instances(settings.NARUTALK, timezone.now(), key)


@periodic(every=timedelta(hours=1))
@task()
def prune_monitoring() -> None:
    """Delete history that is older than the settings want it kept."""
    do_prune(settings.NARUTALK, timezone.now())


@periodic(every=timedelta(hours=1))
@task()
def prune_task_results() -> None:
    """Delete the results of finished tasks: after a day, or two weeks for those that failed."""
    call_command(
        "prune_db_task_results",
        queue_name="*",
        min_age_days=SUCCEEDED_KEPT_DAYS,
        failed_min_age_days=FAILED_KEPT_DAYS,
    )
