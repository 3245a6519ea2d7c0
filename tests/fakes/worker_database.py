"""What tests do to the database of a worker process, from a process of its own:

`python -m tests.fakes.worker_database hang PATH | states | runs NAME | silence | race`.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import django


def hang(path: str) -> None:
    """Enqueue a task that hangs."""
    from tests.fakes import background

    background.hang.enqueue(path)


def states() -> list[list[str]]:
    """Return state and exception of the tests' own tasks."""
    from django_tasks_db.models import DBTaskResult

    found = DBTaskResult.objects.filter(task_path="tests.fakes.background.hang")
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


def race(rounds: int = 3, workers: int = 6) -> list[int]:
    """Let workers whose clocks differ a little look for due tasks at once; return the runs after each round.

    A run is over as soon as it is enqueued, so that only the schedule keeps others from enqueuing it again.
    """
    from django.db import connections
    from django.utils import timezone
    from django_tasks.signals import task_enqueued
    from django_tasks_db.models import DBTaskResult

    from django_admin.monitoring.schedule import Periodic, do_enqueue_due
    from tests.fakes.background import tick

    every = timedelta(seconds=15)
    now = timezone.now()

    def finish(task_result: Any, **_: Any) -> None:
        DBTaskResult.objects.filter(pk=task_result.id).update(status="SUCCESSFUL")

    def look(number: int) -> int:
        try:
            return len(do_enqueue_due([Periodic(tick, lambda: every)], now + timedelta(milliseconds=number)))
        finally:
            connections.close_all()

    counts = []
    task_enqueued.connect(finish)
    try:
        for _round in range(rounds):
            with ThreadPoolExecutor(workers) as pool:
                assert sum(pool.map(look, range(workers))) > 0
            counts.append(DBTaskResult.objects.filter(task_path=tick.module_path).count())
            now += every + timedelta(seconds=1)
    finally:
        task_enqueued.disconnect(finish)
    return counts


if __name__ == "__main__":
    django.setup()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
