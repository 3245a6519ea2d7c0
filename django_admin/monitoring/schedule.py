"""Tasks that run by the clock. The worker enqueues each when it is due.

An app declares its periodic tasks in its own `tasks.py`, which is found by itself:

    from datetime import timedelta

    from django_tasks import task
    from django_admin.monitoring.schedule import periodic

    @periodic(every=timedelta(hours=1))
    @task()
    def prune_things() -> None:
        do_prune_things(timezone.now())

`every` may also be a function that returns the timedelta, for one that is a setting. A task takes no
arguments, and by default waits in the queue `default` behind long work; `@task(queue_name="monitoring")` is
for the quick checks alone. One that fails is not repeated before it is due again.

A task is due at the time in its row of `Schedule`. Whoever moves that time on, by a conditional update in the
same transaction as the enqueuing, has the run: so it is enqueued once however many workers there are, and
neither lost nor doubled when one dies in between. While a run waits or works, no other is enqueued.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.module_loading import autodiscover_modules
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

from django_admin.monitoring.models import Schedule

MAX_CLOCK_SKEW = timedelta(minutes=1)

PeriodicTask = Task[[], Any]


class Periodic(NamedTuple):
    """A task and how often it runs."""

    task: PeriodicTask
    every: Callable[[], timedelta]

    @property
    def name(self) -> str:
        """Return the path of the task's function, by which its row and its runs are found."""
        return self.task.module_path


_declared: dict[str, Periodic] = {}


def periodic(*, every: timedelta | Callable[[], timedelta]) -> Callable[[PeriodicTask], PeriodicTask]:
    """Declare that a task runs by the clock; goes above `@task()`."""
    interval = every if callable(every) else lambda: every

    def declare(task: PeriodicTask) -> PeriodicTask:
        declared = Periodic(task, interval)
        _declared[declared.name] = declared
        return task

    return declare


def periodic_tasks() -> tuple[Periodic, ...]:
    """Return what the `tasks` modules of all installed apps declare."""
    autodiscover_modules("tasks")
    return tuple(_declared.values())


def do_enqueue_due(entries: Iterable[Periodic], now: datetime) -> list[str]:
    """Enqueue the tasks that are due and move their times on; return the names of those enqueued.

    A task that is new here is due at once.
    """
    due_at = dict(Schedule.objects.values_list("name", "due_at"))
    return [entry.name for entry in entries if _enqueue_if_due(entry, due_at.get(entry.name), now)]


def _enqueue_if_due(entry: Periodic, due_at: datetime | None, now: datetime) -> bool:
    every = entry.every()
    if due_at is None:
        due_at = Schedule.objects.get_or_create(name=entry.name, defaults={"due_at": now})[0].due_at
    # Far ahead is a time from before the interval was shortened, or from before the clock was put back.
    if now < due_at <= now + every + MAX_CLOCK_SKEW:
        return False
    with transaction.atomic():
        is_ours = Schedule.objects.filter(name=entry.name, due_at=due_at).update(due_at=now + every)
        if not is_ours or _is_under_way(entry.name):
            return False
        entry.task.enqueue()
    return True


def _is_under_way(name: str) -> bool:
    unfinished = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    return DBTaskResult.objects.filter(task_path=name, status__in=unfinished).exists()
