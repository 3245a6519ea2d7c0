"""The worker: runs the manager's background and periodic tasks. `python -m services.process worker`."""

import logging
import os
import signal
import sys

import django

from django_admin.config.asgi import SETTINGS_MODULE
from django_admin.config.databases import sqlite_held_open
from narutalk.telemetry.logs import configure_logging

CLOSE_LOGS_SECONDS = 0.5


def main() -> None:
    """Work until SIGTERM or SIGINT, and end the process: within 3 s, even in the middle of a task."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    from django_admin.config.settings import DATABASES, NARUTALK

    configure_logging("worker", NARUTALK.log_level)
    for name in ("django_tasks", "django_tasks_db"):  # they tell of every task, and there are many small ones
        logging.getLogger(name).setLevel(logging.WARNING)
    django.setup()
    from django_admin.monitoring.log_sink import store_logs  # Django's models need Django set up first
    from django_admin.monitoring.schedule import periodic_tasks
    from django_admin.monitoring.work import Work

    shipper = store_logs("worker", NARUTALK)
    work = Work(NARUTALK.instance or "worker", periodic_tasks())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: work.stop())
    with sqlite_held_open(DATABASES["default"]):
        succeeded = work.run()
    if shipper:
        shipper.close(CLOSE_LOGS_SECONDS)
    logging.shutdown()
    sys.stderr.flush()
    # Not sys.exit: Python would first wait for the threads of a task that does not end.
    os._exit(0 if succeeded else 1)


if __name__ == "__main__":
    main()
