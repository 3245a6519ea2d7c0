"""The periodic task of imports."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from django_admin.imports.actions import do_prune
from django_admin.monitoring.schedule import periodic


@periodic(every=timedelta(hours=1))
@task()
def prune_imports() -> None:
    """Let go of files that nobody imported, and of old jobs."""
    do_prune(timezone.now())
