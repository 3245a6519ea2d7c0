"""What the worker does."""

from django.conf import settings as django_settings
from django_tasks import task

from django_admin.evaluations.running import do_run
from narutalk.errors import Conflict


@task()
def run_evaluation(run_id: int) -> str:
    """Do a run, and return how it ended; a run that was cancelled while it waited is left alone."""
    try:
        return do_run(run_id, settings=django_settings.NARUTALK).status
    except Conflict as error:
        return error.code
