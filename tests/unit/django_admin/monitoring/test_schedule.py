"""Periodic tasks: enqueued when due, once however many workers there are, and after a restart."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from django_admin.monitoring.models import Schedule
from django_admin.monitoring.schedule import Periodic, do_enqueue_due, periodic_tasks
from tests.fakes.background import tick

EVERY = timedelta(seconds=15)
ENTRY = Periodic(tick, lambda: EVERY)


def _finish_all() -> None:
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)


@pytest.mark.django_db
def test_is_due_at_once_and_then_by_the_clock() -> None:
    now = timezone.now()

    assert do_enqueue_due([ENTRY], now) == ["tests.fakes.background.tick"]
    _finish_all()
    assert do_enqueue_due([ENTRY], now + EVERY / 2) == []
    assert do_enqueue_due([ENTRY], now + EVERY) == [ENTRY.name]
    assert DBTaskResult.objects.count() == 2


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_enqueues_nothing() -> None:
    now = timezone.now()
    do_enqueue_due([ENTRY], now)
    _finish_all()

    def be_overtaken() -> timedelta:
        """Another worker comes, and even the run is over, after this one has read that the task is due."""
        assert do_enqueue_due([ENTRY], now + EVERY) == [ENTRY.name]
        _finish_all()
        return EVERY

    assert do_enqueue_due([Periodic(tick, be_overtaken)], now + EVERY) == []


@pytest.mark.django_db
@pytest.mark.parametrize("status", [TaskResultStatus.READY, TaskResultStatus.RUNNING])
def test_does_not_pile_up_behind_a_run_that_is_not_finished(status: str) -> None:
    now = timezone.now()
    do_enqueue_due([ENTRY], now)
    DBTaskResult.objects.update(status=status)

    assert do_enqueue_due([ENTRY], now + EVERY) == []
    _finish_all()
    assert do_enqueue_due([ENTRY], now + EVERY * 2) == [ENTRY.name]


@pytest.mark.django_db
def test_is_not_run_for_every_time_that_nobody_was_there() -> None:
    now = timezone.now()
    do_enqueue_due([ENTRY], now)
    _finish_all()

    assert do_enqueue_due([ENTRY], now + 100 * EVERY) == [ENTRY.name]
    _finish_all()
    assert do_enqueue_due([ENTRY], now + 100 * EVERY + timedelta(seconds=1)) == []


@pytest.mark.django_db
def test_a_shortened_interval_counts_at_once() -> None:
    now = timezone.now()
    Schedule.objects.create(name=ENTRY.name, due_at=now + timedelta(days=1))

    assert do_enqueue_due([ENTRY], now) == [ENTRY.name]


def test_the_tasks_of_all_apps_are_found() -> None:
    found = {entry.name: entry for entry in periodic_tasks()}

    checks = found["django_admin.monitoring.tasks.check_instances"]
    assert checks.every() == timedelta(seconds=15)
    assert checks.task.queue_name == "monitoring"
    assert "django_admin.monitoring.tasks.prune_monitoring" in found
