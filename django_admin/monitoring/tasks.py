"""The periodic tasks of monitoring."""

from datetime import timedelta

from django.core.management import call_command
from django_tasks import task

from django_admin.monitoring.schedule import periodic

SUCCEEDED_KEPT_DAYS = 1
FAILED_KEPT_DAYS = 14


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
