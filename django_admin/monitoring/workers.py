"""Which worker processes live, and what becomes of the tasks of those that died."""

import os
import socket
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django_tasks.base import TaskResultStatus
from django_tasks.signals import task_finished
from django_tasks_db.models import DBTaskResult

from django_admin.monitoring.models import Worker

logger = structlog.get_logger(__name__)

BEAT_EVERY = timedelta(seconds=3)
DEAD_AFTER = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(minutes=10)
_SEPARATOR = "/"

AnyResult = DBTaskResult[..., Any]


class WorkerLost(Exception):
    """The worker that ran this task has died or was stopped; the task was not finished."""


def new_worker(name: str, now: datetime) -> Worker:
    """Return the row of this process; `do_beat` stores it."""
    return Worker(
        id=uuid4().hex, name=name, host=socket.gethostname(), pid=os.getpid(), started_at=now, beat_at=now
    )


def queue_worker_id(worker: Worker, queue: str) -> str:
    """Return what a task says of who ran it: the process, and the queue it served."""
    return f"{worker.id}{_SEPARATOR}{queue}"


def do_beat(worker: Worker, now: datetime) -> None:
    """Say that a worker lives."""
    worker.beat_at = now
    worker.save()


def do_fail_lost_tasks(now: datetime) -> int:
    """Mark the running tasks of dead workers failed (`WorkerLost`); return how many they were.

    Tasks of workers that do not beat (`manage.py db_worker`) are left alone.
    """
    Worker.objects.filter(beat_at__lt=now - FORGOTTEN_AFTER).delete()
    # In this order: a worker beats before it takes a task, so that who is seen running has beaten.
    running = [result for result in DBTaskResult.objects.running() if _SEPARATOR in _last_worker(result)]
    living = set(Worker.objects.filter(beat_at__gte=now - DEAD_AFTER).values_list("id", flat=True))
    lost = [result for result in running if _process_of(result) not in living]
    return sum(_fail(result) for result in lost)


def do_retire(worker: Worker) -> int:
    """Forget a worker that ends, and mark failed what it was running; return how many tasks that were."""
    running = [result for result in DBTaskResult.objects.running() if _process_of(result) == worker.id]
    failed = sum(_fail(result) for result in running)
    Worker.objects.filter(id=worker.id).delete()
    return failed


def _last_worker(result: AnyResult) -> str:
    return str(result.worker_ids[-1]) if result.worker_ids else ""


def _process_of(result: AnyResult) -> str:
    return _last_worker(result).partition(_SEPARATOR)[0]


def _fail(result: AnyResult) -> bool:
    """Mark a task failed unless it has ended, or was taken by another worker, in the meantime."""
    with transaction.atomic():
        locked = (
            DBTaskResult.objects.select_for_update()
            .filter(pk=result.pk, status=TaskResultStatus.RUNNING)
            .first()
        )
        if locked is None or locked.worker_ids != result.worker_ids:
            return False
        locked.set_failed(WorkerLost(WorkerLost.__doc__))
    logger.warning("a task's worker is gone", task=locked.task_path, task_id=str(locked.pk))
    try:
        sender, task_result = type(locked.task.get_backend()), locked.task_result
    except (ImportError, SuspiciousOperation):  # of another version, whose code is no longer there
        return True
    task_finished.send(sender=sender, task_result=task_result)
    return True
