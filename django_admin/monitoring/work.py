"""The work of one worker process: a thread for each queue, and one that keeps the clock."""

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event, Thread

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker as QueueWorker

from django_admin.monitoring.schedule import Periodic, do_enqueue_due
from django_admin.monitoring.workers import (
    BEAT_EVERY,
    do_beat,
    do_fail_lost_tasks,
    do_retire,
    new_worker,
    queue_worker_id,
)

logger = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
TICK_SECONDS = 1.0
RETRY_SECONDS = 1.0
FINISH_SECONDS = 1.5
RETIRE_SECONDS = 0.7


class Work:
    """Everything that a worker process does, in daemon threads that `run` watches.

    Args:
        name: What the dashboard calls the worker.
        periodic: The tasks that run by the clock.
    """

    def __init__(self, name: str, periodic: Iterable[Periodic]) -> None:
        self._me = new_worker(name, timezone.now())
        self._periodic = tuple(periodic)
        self._stop = Event()
        self._failed = False
        queues: Sequence[str] = settings.TASKS[DEFAULT_TASK_BACKEND_ALIAS]["QUEUES"]
        self._queues = {queue: self._queue_worker(queue) for queue in queues}

    def stop(self) -> None:
        """Ask `run` to come to its end; may be called from a signal handler."""
        self._stop.set()

    def run(self) -> bool:
        """Work until `stop`; return whether all went well.

        A task that is still running `FINISH_SECONDS` later is marked failed; its thread can only be ended
        with the process, which is the caller's to do.
        """
        do_beat(self._me, timezone.now())
        threads = [self._thread("clock", self._keep_the_clock)]
        threads += [
            self._thread(queue, lambda worker=worker: self._serve(worker))  # type: ignore[misc]
            for queue, worker in self._queues.items()
        ]
        logger.info("the worker is ready", queues=list(self._queues), periodic=len(self._periodic))
        self._stop.wait()
        for worker in self._queues.values():
            worker.running = False
        _join(threads, FINISH_SECONDS)
        # In a thread too: a database that hangs must not hold up the end.
        _join([self._thread("retire", self._retire)], RETIRE_SECONDS)
        return not self._failed

    def _queue_worker(self, queue: str) -> QueueWorker:
        return QueueWorker(
            queue_names=[queue],
            interval=POLL_SECONDS,
            batch=False,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=queue_worker_id(self._me, queue),
            excluded_queue_names=[],
        )

    def _thread(self, name: str, target: Callable[[], None]) -> Thread:
        def guarded() -> None:
            try:
                target()
            except Exception:
                logger.exception("a thread of the worker broke; the worker ends", thread=name)
                self._failed = True
                self._stop.set()
            finally:
                connections.close_all()

        thread = Thread(target=guarded, name=f"worker-{name}", daemon=True)
        thread.start()
        return thread

    def _serve(self, worker: QueueWorker) -> None:
        """Run a queue's tasks; a database that is away or locked is waited for."""
        while worker.running:
            try:
                worker.run()
            except DatabaseError as error:
                self._wait_for_database(error)

    def _keep_the_clock(self) -> None:
        """Beat, see to the tasks of dead workers, and enqueue what is due."""
        next_beat = 0.0
        while not self._stop.is_set():
            try:
                close_old_connections()
                now = timezone.now()
                if time.monotonic() >= next_beat:
                    do_beat(self._me, now)
                    do_fail_lost_tasks(now)
                    next_beat = time.monotonic() + BEAT_EVERY.total_seconds()
                do_enqueue_due(self._periodic, now)
            except DatabaseError as error:
                self._wait_for_database(error)
            self._stop.wait(TICK_SECONDS)

    def _wait_for_database(self, error: DatabaseError) -> None:
        logger.warning("the database does not answer the worker", reason=str(error))
        connections.close_all()
        self._stop.wait(RETRY_SECONDS)

    def _retire(self) -> None:
        failed = do_retire(self._me)
        logger.info("the worker ends", tasks_given_up=failed)


def _join(threads: Iterable[Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
