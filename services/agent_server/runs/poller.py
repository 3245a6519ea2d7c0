"""Asks the database for all that this process waits for in others, in one query; for nothing when idle."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import structlog

from services.agent_server.storage.outages import DATABASE_ERRORS, is_outage
from services.agent_server.storage.runs import ACTIVE, RunProgress, RunStore

POLL_SECONDS = 0.15
OUTAGE_POLL_SECONDS = 1.0

Wanted = Callable[[RunProgress | None], bool]

log = structlog.get_logger(__name__)


class Poller:
    """Waits for runs of other instances to end, and for threads that other instances work on.

    Args:
        runs: Asked about every `POLL_SECONDS` while something is waited for.
    """

    def __init__(self, runs: RunStore) -> None:
        self._runs = runs
        self._waiting: defaultdict[str, list[tuple[Wanted, asyncio.Future[None]]]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None

    async def until_ended(self, run_id: str) -> None:
        """Wait until a run has ended or was deleted. The caller sets the time limit."""
        await self._until(run_id, lambda found: found is None or found.status not in ACTIVE)

    async def until_first(self, run_id: str) -> None:
        """Wait until no run before it on its thread is active, or it is gone itself."""
        await self._until(run_id, lambda found: found is None or found.is_first)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _until(self, run_id: str, wanted: Wanted) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (wanted, future)
        self._waiting[run_id].append(entry)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(), name="run poller")
        try:
            await future
        finally:
            self._drop(run_id, entry)

    async def _poll(self) -> None:
        while self._waiting:
            pause = POLL_SECONDS
            try:
                self._tell(await self._runs.progress(list(self._waiting)))
            except DATABASE_ERRORS as error:
                if not is_outage(error):
                    log.error("runs of other instances not read", exc_info=error)
                pause = OUTAGE_POLL_SECONDS
            if self._waiting:
                await asyncio.sleep(pause)

    def _tell(self, found: dict[str, RunProgress]) -> None:
        for run_id, entries in list(self._waiting.items()):
            for entry in list(entries):
                wanted, future = entry
                if wanted(found.get(run_id)):
                    if not future.done():
                        future.set_result(None)
                    self._drop(run_id, entry)

    def _drop(self, run_id: str, entry: tuple[Wanted, asyncio.Future[None]]) -> None:
        entries = self._waiting.get(run_id, [])
        if entry in entries:
            entries.remove(entry)
        if not entries:
            self._waiting.pop(run_id, None)
