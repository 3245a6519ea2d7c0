"""What tests do to the database of a worker process, from a process of its own:

`python -m tests.fakes.worker_database hang PATH | states | runs NAME | silence`.
"""

import json
import sys
from datetime import timedelta

import django


def hang(path: str) -> None:
    """Enqueue a task that hangs."""
    from tests.fakes import background

    background.hang.enqueue(path)


def states() -> list[list[str]]:
    """Return state and exception of the tests' own tasks."""
    from django_tasks_db.models import DBTaskResult

    found = DBTaskResult.objects.filter(task_path__startswith="tests.")
    return [list(row) for row in found.values_list("status", "exception_class_path")]


def runs(name: str) -> int:
    """Return how often a task of monitoring has succeeded."""
    from django_tasks_db.models import DBTaskResult

    path = f"django_admin.monitoring.tasks.{name}"
    return DBTaskResult.objects.successful().filter(task_path=path).count()


def silence() -> int:
    """Make all workers so far look as if they had not beaten for long; return how many there are."""
    from django.utils import timezone

    from django_admin.monitoring.models import Worker
    from django_admin.monitoring.workers import DEAD_AFTER

    return Worker.objects.update(beat_at=timezone.now() - DEAD_AFTER - timedelta(seconds=1))


if __name__ == "__main__":
    django.setup()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
