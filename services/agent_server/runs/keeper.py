"""Renews the leases of this process, and looks for runs that other processes lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from services.agent_server.runs.executor import RunExecutor
from services.agent_server.storage.checkpoints import Checkpointer
from services.agent_server.storage.deletion import delete_stored_thread
from services.agent_server.storage.outages import is_outage
from services.agent_server.storage.runs import RunStore
from services.agent_server.storage.threads import ThreadStore

RENEW_SECONDS = 1.0
"""Also how long a run works on after another instance was asked to stop it."""
SWEEP_SECONDS = 2.0
LEFTOVERS_SECONDS = 30.0
LINGER_SECONDS = 60.0
"""How long the thread of a stateless run stays after it, for readers of other instances."""
MAX_LEFTOVERS = 500

log = structlog.get_logger(__name__)


class Keeper:
    """Does, again and again, what keeps runs from being lost.

    Args:
        executor: Of this process.
        runs: Where runs are stored.
        threads: Where threads are stored.
        checkpointer: Of durable threads.
    """

    def __init__(
        self, executor: RunExecutor, runs: RunStore, threads: ThreadStore, checkpointer: Checkpointer
    ) -> None:
        self._executor = executor
        self._runs = runs
        self._threads = threads
        self._checkpointer = checkpointer

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take over at once what was lost before, then keep on until the block ends."""
        await self._executor.sweep()
        tasks = [
            asyncio.create_task(self._repeat(work, seconds), name=f"keeper: {work.__name__}")
            for work, seconds in (
                (self._executor.renew, RENEW_SECONDS),
                (self._executor.sweep, SWEEP_SECONDS),
                (self.delete_leftovers, LEFTOVERS_SECONDS),
            )
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def delete_leftovers(self, linger_seconds: float = LINGER_SECONDS) -> None:
        """Delete the threads that were made for one run, with their checkpoints."""
        found = await self._runs.abandoned_threads(ended_seconds=linger_seconds, limit=MAX_LEFTOVERS)
        for thread_id in found:
            await delete_stored_thread(self._threads, self._checkpointer, thread_id)

    async def _repeat(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception as error:  # the next time may go well, and without it runs would be lost
                if is_outage(error):
                    log.warning("the database does not answer", error=str(error))
                else:
                    log.error("runs not looked after", exc_info=error)
