"""What is done beside the requests: old checkpoints go, and threads whose time is over."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import structlog

from services.agent_server.storage.checkpoint_tables import CheckpointTables
from services.agent_server.storage.models import Thread
from services.agent_server.storage.outages import DATABASE_ERRORS
from services.agent_server.storage.threads import ThreadStore
from services.agent_server.threads.retention import surplus

BATCH_SECONDS = 0.5
"""So long ends of runs are gathered before the checkpoints of their threads are counted."""
MAX_WAIT_SECONDS = 60.0
"""So long threads are not looked at whose time another instance set."""
EXPIRED_AT_A_TIME = 100
STORAGE_ERRORS: tuple[type[Exception], ...] = (*DATABASE_ERRORS, sqlite3.Error)
"""The checkpointer's SQLite is reached without SQLAlchemy."""

log = structlog.get_logger(__name__)


class Housekeeping:
    """Keeps the storage of one service small. Works while its task runs, and after the requests.

    Args:
        threads: Where threads are stored.
        tables: Where their checkpoints are.
        keep: So many checkpoints of a thread, and up to a quarter more between two rounds; 0: all.
    """

    def __init__(self, threads: ThreadStore, tables: CheckpointTables, *, keep: int) -> None:
        self._threads = threads
        self._tables = tables
        self._keep = keep
        self._grown: set[str] = set()
        self._woken = asyncio.Event()

    def note(self, thread_id: str) -> None:
        """Say that a thread has more checkpoints than before."""
        if self._keep:
            self._grown.add(thread_id)
            self._woken.set()

    def wake(self) -> None:
        """Say that a thread was given a time."""
        self._woken.set()

    async def keep_latest(self, thread_id: str) -> bool:
        """Reduce a thread to its newest checkpoint, unless a run works on it; return whether it was."""
        return await self._reduce(thread_id, keep=1)

    @asynccontextmanager
    async def running(self, delete: Callable[[str], Awaitable[None]]) -> AsyncIterator[None]:
        """Do the work in a task of its own until the block ends.

        Args:
            delete: Deletes a thread with all that hangs on it.
        """
        task = asyncio.create_task(self._work(delete), name="housekeeping")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _work(self, delete: Callable[[str], Awaitable[None]]) -> None:
        while True:
            wait_seconds = MAX_WAIT_SECONDS
            try:
                wait_seconds = await self._end_lifetimes(delete)
                await self._reduce_grown()
            except STORAGE_ERRORS as error:
                log.warning("housekeeping put off", exc_info=error)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._woken.wait()
            await asyncio.sleep(BATCH_SECONDS)
            self._woken.clear()

    async def _end_lifetimes(self, delete: Callable[[str], Awaitable[None]]) -> float:
        """End the threads whose time is over, and return in how many seconds the next one's is."""
        now = datetime.now(UTC)
        for thread in await self._threads.expired(now, limit=EXPIRED_AT_A_TIME):
            if not await self._end_lifetime(thread, delete):
                later = now + timedelta(seconds=MAX_WAIT_SECONDS)
                await self._threads.update(thread.thread_id, expires_at=later)
        following = await self._threads.next_expiry()
        left = MAX_WAIT_SECONDS if following is None else (following - datetime.now(UTC)).total_seconds()
        return min(max(left, 0.0), MAX_WAIT_SECONDS)

    async def _end_lifetime(self, thread: Thread, delete: Callable[[str], Awaitable[None]]) -> bool:
        """Do what a thread's time ends with, unless a run works on it, and return whether that was done."""
        if thread.ttl_strategy == "delete":
            async with self._threads.hold_idle(thread.thread_id) as idle:
                pass
            if idle:
                await delete(thread.thread_id)
            return idle
        reduced = await self.keep_latest(thread.thread_id)
        if reduced:
            await self._threads.update(thread.thread_id, expires_at=None, ttl_minutes=None, ttl_strategy=None)
        return reduced

    async def _reduce_grown(self) -> None:
        if not self._grown:
            return
        grown, self._grown = self._grown, set()
        try:
            limit = self._keep + self._keep // 4
            for thread_id in await self._tables.beyond([*grown], limit):
                await self._reduce(thread_id, keep=self._keep)
        except STORAGE_ERRORS:
            self._grown |= grown
            raise

    async def _reduce(self, thread_id: str, *, keep: int) -> bool:
        """Delete the surplus of a thread on which no run works, and return whether none did.

        Held meanwhile: a run that begins at an old checkpoint counts on the values that are stored for it.
        """
        async with self._threads.hold_idle(thread_id) as idle:
            if idle:
                await self._tables.delete(thread_id, surplus(await self._tables.rows(thread_id), keep))
        return idle
