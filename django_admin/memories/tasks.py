"""The periodic task of memories."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from django_admin.memories.departures import do_forget_departed
from django_admin.monitoring.schedule import periodic


@periodic(every=timedelta(minutes=1))
@task()
def forget_departed() -> None:
    """Delete at the router what it keeps of people whose accounts were deleted."""
    do_forget_departed(settings.NARUTALK, timezone.now())
