"""The worker's threads, in this process: tasks run, a long one holds up no check, lost ones are marked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks.signals import task_finished
from django_tasks_db.models import DBTaskResult

from django_admin.monitoring.models import Worker
from django_admin.monitoring.schedule import Periodic
from django_admin.monitoring.work import Work
from django_admin.monitoring.workers import (
    DEAD_AFTER,
    FORGOTTEN_AFTER,
    do_beat,
    do_fail_lost_tasks,
    new_worker,
    queue_worker_id,
)
from tests.fakes import background

pytestmark = pytest.mark.django_db(transaction=True)

SOON_SECONDS = 10.0
LOST = "django_admin.monitoring.workers.WorkerLost"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@contextmanager
def working(*periodic: Periodic) -> Iterator[Work]:
    """A worker that works until the block ends."""
    work = Work("worker", periodic)
    results: list[bool] = []

    def run() -> None:
        try:
            results.append(work.run())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield work
    finally:
        background.released.set()
        work.stop()
        thread.join(SOON_SECONDS)
        background.released.clear()
    assert results == [True]


def _states() -> list[str]:
    return list(DBTaskResult.objects.order_by("enqueued_at").values_list("status", flat=True))


def _running(worker: Worker, queue: str = "default") -> DBTaskResult:
    """A task that a worker has taken."""
    task = DBTaskResult.objects.get(pk=background.remember.enqueue("nowhere").id)
    task.claim(queue_worker_id(worker, queue))
    return task


def test_runs_tasks_and_keeps_their_failures(tmp_path: Path) -> None:
    background.remember.enqueue(str(tmp_path / "file"))
    background.fail.enqueue()

    with working():
        wait_until(lambda: _states() == ["SUCCESSFUL", "FAILED"])

    assert (tmp_path / "file").read_text() == "ran\n"
    assert DBTaskResult.objects.failed().get().exception_class_path == "builtins.ValueError"
    assert not Worker.objects.exists(), "a worker that ended in order is not remembered"


def test_long_work_does_not_hold_up_the_checks(tmp_path: Path) -> None:
    background.hang.enqueue(str(tmp_path / "long"))
    with working():
        wait_until((tmp_path / "long").exists)
        background.remember_quickly.enqueue(str(tmp_path / "quick"))
        wait_until((tmp_path / "quick").exists)
        assert _states()[0] == TaskResultStatus.RUNNING


def test_two_workers_run_a_periodic_task_once() -> None:
    entry = Periodic(background.tick, lambda: timedelta(hours=1))
    with working(entry), working(entry):
        wait_until(lambda: Worker.objects.count() == 2)
        wait_until(lambda: _states() == ["SUCCESSFUL"])
    assert _states() == ["SUCCESSFUL"]


def test_what_a_dead_worker_was_running_is_marked_failed() -> None:
    now = timezone.now()
    dead, living = new_worker("dead", now), new_worker("living", now)
    do_beat(dead, now - DEAD_AFTER - timedelta(seconds=1))
    do_beat(living, now)
    lost, going_on = _running(dead), _running(living)
    foreign = DBTaskResult.objects.get(pk=background.remember.enqueue("nowhere").id)
    foreign.claim("a-worker-of-manage-py")
    told: list[str] = []

    def tell(task_result: object, **_: object) -> None:
        told.append(task_result.id)  # type: ignore[attr-defined]

    task_finished.connect(tell)
    try:
        assert do_fail_lost_tasks(now) == 1
    finally:
        task_finished.disconnect(tell)

    lost.refresh_from_db()
    assert (lost.status, lost.exception_class_path) == ("FAILED", LOST)
    assert told == [str(lost.pk)]
    for task in (going_on, foreign):
        task.refresh_from_db()
        assert task.status == TaskResultStatus.RUNNING
    assert do_fail_lost_tasks(now) == 0


def test_a_worker_long_dead_is_forgotten() -> None:
    now = timezone.now()
    worker = new_worker("worker", now)
    do_beat(worker, now - FORGOTTEN_AFTER - timedelta(seconds=1))
    lost = _running(worker)

    do_fail_lost_tasks(now)

    assert not Worker.objects.exists()
    lost.refresh_from_db()
    assert lost.status == TaskResultStatus.FAILED


def test_a_worker_that_ends_gives_up_what_it_cannot_finish(tmp_path: Path) -> None:
    background.hang.enqueue(str(tmp_path / "long"))
    work = Work("worker", ())
    thread = threading.Thread(target=work.run)
    thread.start()
    wait_until((tmp_path / "long").exists)
    started = time.monotonic()

    work.stop()
    thread.join(SOON_SECONDS)

    assert time.monotonic() - started < 3
    assert DBTaskResult.objects.get().exception_class_path == LOST
    background.released.set()
    wait_until(lambda: not [one for one in threading.enumerate() if one.name.startswith("worker-")])
    background.released.clear()
