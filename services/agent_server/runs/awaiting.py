"""Waits for runs of other instances: for their end, or for a thread that one of them works on."""

import asyncio
from collections.abc import Callable, Collection, Mapping

from services.agent_server.events.polling import Polling
from services.agent_server.storage.runs import ACTIVE, RunProgress, RunStore

Wanted = Callable[[RunProgress | None], bool]
"""Whether it is come to; None: the run was deleted."""


class Awaiting:
    """Lets any number wait; the database is asked about all in one query, and not at all when nobody waits.

    Args:
        runs: Asked.
    """

    def __init__(self, runs: RunStore) -> None:
        self._runs = runs
        self._polling: Polling[_Awaited] = Polling("runs that are waited for", self._check)

    async def until_ended(self, run_id: str) -> None:
        """Wait until a run has ended or was deleted. The caller sets the time limit."""
        await self._until(run_id, lambda found: found is None or found.status not in ACTIVE)

    async def until_first(self, run_id: str) -> None:
        """Wait until no run before it on its thread is active, or it is gone itself."""
        await self._until(run_id, lambda found: found is None or found.is_first)

    async def close(self) -> None:
        """Stop asking."""
        await self._polling.close()

    async def _until(self, run_id: str, wanted: Wanted) -> None:
        async with self._polling.watch(run_id, _awaited) as awaited:
            await awaited.until(wanted)

    async def _check(self, awaited: Mapping[str, "_Awaited"]) -> Collection[str]:
        found = await self._runs.progress(list(awaited))
        for run_id, entry in awaited.items():
            entry.tell(found.get(run_id))
        return awaited.keys() - found.keys()


class _Awaited:
    def __init__(self) -> None:
        self._waiting: list[tuple[Wanted, asyncio.Future[None]]] = []

    async def until(self, wanted: Wanted) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (wanted, future)
        self._waiting.append(entry)
        try:
            await future
        finally:
            self._waiting.remove(entry)

    def tell(self, found: RunProgress | None) -> None:
        for wanted, future in self._waiting:
            if not future.done() and wanted(found):
                future.set_result(None)


async def _awaited() -> _Awaited:
    return _Awaited()
