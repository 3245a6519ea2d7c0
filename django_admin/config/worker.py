"""The worker process: runs the manager's background tasks."""

import os

import django
from django.core.management import call_command

from django_admin.config.asgi import SETTINGS_MODULE
from narutalk.telemetry.logs import configure_logging

POLL_SECONDS = 0.5


def main() -> None:
    """Run tasks as they come until SIGTERM; a running one is finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    django.setup()
    from django_admin.config.settings import NARUTALK

    configure_logging("worker", NARUTALK.log_level)
    call_command("db_worker", interval=POLL_SECONDS, queue_name="*", reload=False, startup_delay=False)
