"""Stores the events of all recorded runs of a process: one write at a time, of all that came meanwhile."""

import asyncio

import structlog
from sqlalchemy.exc import IntegrityError

from services.agent_server.events.recorded_log import RecordedLog
from services.agent_server.storage.events import Batch, EventStore
from services.agent_server.storage.outages import DATABASE_ERRORS

MAX_RUNS_PER_WRITE = 32
FIRST_RETRY_SECONDS = 0.05
LAST_RETRY_SECONDS = 2.0

log = structlog.get_logger(__name__)


class EventWriter:
    """Writes in group commits: the first event goes at once, those that come during a write go together.

    Nothing is lost when the database is away: the writer tries again until it is back, and the runs wait.

    Args:
        store: Where events are stored.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._dirty: dict[RecordedLog, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def wake(self, recorded: RecordedLog) -> None:
        """Have what a log holds written soon."""
        self._dirty[recorded] = None
        if self._task is None and not self._closing:
            self._task = asyncio.create_task(self._write_all(), name="event writer")

    async def close(self) -> None:
        """Stop writing. Runs have ended, or go on in another process from what is stored."""
        self._closing = True
        if self._task:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _write_all(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        try:
            while self._dirty:
                logs = list(self._dirty)[:MAX_RUNS_PER_WRITE]
                try:
                    await self._write(logs)
                    retry_seconds = FIRST_RETRY_SECONDS
                except IntegrityError:  # a run was deleted between the check and the write
                    continue
                except DATABASE_ERRORS as error:
                    log.warning("events not stored yet", runs=len(self._dirty), exc_info=error)
                    await asyncio.sleep(retry_seconds)
                    retry_seconds = min(2 * retry_seconds, LAST_RETRY_SECONDS)
        finally:
            self._task = None

    async def _write(self, logs: list[RecordedLog]) -> None:
        for recorded in logs:
            if not recorded.is_placed:
                recorded.place(await self._store.last_id(recorded.run_id) + 1)
        batches = [(recorded, batch) for recorded in logs if (batch := recorded.next_batch())]
        stored = await self._store.append([batch for _, batch in batches]) if batches else set()
        for recorded, batch in batches:
            if batch.run_id in stored:
                recorded.was_stored(batch)
            else:
                await self._resolve(recorded, batch)
        for recorded in logs:  # behind those that were not in this write
            del self._dirty[recorded]
            if recorded.has_work:
                self._dirty[recorded] = None

    async def _resolve(self, recorded: RecordedLog, batch: Batch) -> None:
        """Find out why a batch was refused. What stays to be stored is written next time."""
        found = await self._store.recording(batch)
        if found is None or found.same:
            # The run was deleted while it ends, and its readers still get all; or the write before this one
            # was done although its answer was lost.
            recorded.was_stored(batch)
        elif found.process != recorded.process:
            log.info("run is another process's now", run_id=batch.run_id, process=found.process)
            recorded.leave()
        else:
            recorded.place(found.last_id + 1)
