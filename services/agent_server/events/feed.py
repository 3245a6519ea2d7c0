"""The events of runs, wherever they work: the logs of this process, and what it sees of others' runs."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.agent_server.events.event_log import EventLog
from services.agent_server.events.event_writer import EventWriter
from services.agent_server.events.log_memory import LogMemory
from services.agent_server.events.polling import Polling
from services.agent_server.events.recorded_log import RecordedLog, StoredLog
from services.agent_server.events.thread_mark import ThreadMark
from services.agent_server.storage.events import MAX_RUNS_SWEPT, NO_EVENT, EventStore, FollowedRow
from services.agent_server.storage.models import Run
from services.agent_server.storage.outages import DATABASE_ERRORS
from services.agent_server.storage.runs import ACTIVE
from services.agent_server.storage.thread_changes import ThreadChanges

EVENTS_KEPT = timedelta(hours=1)
SWEEP_SECONDS = 60.0

RUN_GONE = {"error": "RunDeleted", "message": "The run was deleted before all of its events were read."}

log = structlog.get_logger(__name__)


class RunFeed:
    """Makes the logs of this process's runs, and follows runs and threads of other processes.

    Args:
        store: Where the events of recorded runs are stored.
        changes: Of threads.
    """

    def __init__(self, store: EventStore, changes: ThreadChanges) -> None:
        self.store = store
        self.changes = changes
        self._memory = LogMemory()
        self._writer = EventWriter(store)
        self._runs: Polling[StoredLog] = Polling("runs", self._check_runs)
        self._threads: Polling[ThreadMark] = Polling("threads", self._check_threads)

    def open_log(self, row: Run) -> EventLog:
        """Return the log of a run that this process executes; stored as it grows when the run is recorded."""
        if row.recorded:
            return RecordedLog(row, self.store, self._writer, memory=self._memory)
        return EventLog(memory=self._memory)

    @asynccontextmanager
    async def log_of_run_elsewhere(self, run_id: str) -> AsyncIterator[StoredLog]:
        """Keep a log up to date with what another process stores; it is closed when the run's row says so."""

        async def make() -> StoredLog:
            next_id = await self.store.last_id(run_id) + 1
            return StoredLog(run_id, self.store, next_id=next_id, memory=self._memory)

        async with self._runs.watch(run_id, make) as stored:
            yield stored

    async def log_of_ended_run(self, row: Run) -> StoredLog | None:
        """Return all events of a run that has ended; None when none are kept."""
        last_id = await self.store.last_id(row.run_id)
        if last_id == NO_EVENT:
            return None
        stored = StoredLog(row.run_id, self.store, next_id=last_id + 1, memory=self._memory)
        stored.close(row.error)
        return stored

    @asynccontextmanager
    async def mark_of_thread(self, thread_id: str) -> AsyncIterator[ThreadMark]:
        """Keep a mark up to date that tells when something happened on a thread."""

        async def make() -> ThreadMark:
            return ThreadMark()

        async with self._threads.watch(thread_id, make) as mark:
            yield mark

    async def look_at_thread(self, thread_id: str) -> None:
        """Tell those who follow a thread in this process now what happened on it."""
        await self._threads.look(thread_id)

    async def close(self) -> None:
        """Stop writing and following."""
        await self._writer.close()
        await self._runs.close()
        await self._threads.close()

    async def _check_runs(self, logs: Mapping[str, StoredLog]) -> Collection[str]:
        ended: set[str] = set()
        complete = False
        while not complete:
            left = {run_id: stored.next_id for run_id, stored in logs.items() if run_id not in ended}
            rows = await self.store.read_new(left) if left else {}
            complete = len(rows) == len(left) and all(row is None or row.complete for row in rows.values())
            ended |= {run_id for run_id, row in rows.items() if _take(logs[run_id], row)}
        return ended

    async def _check_threads(self, marks: Mapping[str, ThreadMark]) -> Collection[str]:
        found = await self.changes.read(marks)
        for thread_id, mark in marks.items():
            mark.set(found.get(thread_id))
        return [thread_id for thread_id in marks if thread_id not in found]


def _take(stored: StoredLog, row: FollowedRow | None) -> bool:
    """Show readers what is new of a run elsewhere, and return whether that was the last of it."""
    for batch in row.batches if row else ():
        stored.push_stored(batch)
    if row and (row.status in ACTIVE or not row.complete):
        return False
    stored.close(row.error if row else RUN_GONE)
    return True


@asynccontextmanager
async def open_feed(engine: AsyncEngine) -> AsyncIterator[RunFeed]:
    """Open the feed, and delete events of ended runs while it is open."""
    feed = RunFeed(EventStore(engine), ThreadChanges(engine))
    sweeping = asyncio.create_task(_sweep(feed.store), name="deletes old events")
    try:
        yield feed
    finally:
        sweeping.cancel()
        await asyncio.wait((sweeping,))
        await feed.close()


async def _sweep(store: EventStore) -> None:
    while True:
        deleted_all = await _deleted_all(store)
        await asyncio.sleep(SWEEP_SECONDS if deleted_all else 0)


async def _deleted_all(store: EventStore) -> bool:
    """Delete some of the events that are too old, and return whether these were all."""
    try:
        return await store.delete_ended(before=datetime.now(UTC) - EVENTS_KEPT) < MAX_RUNS_SWEPT
    except DATABASE_ERRORS as error:
        log.warning("old events not deleted", exc_info=error)
        return True
