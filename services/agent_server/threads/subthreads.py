"""Deletes at other services what belonged to a thread that was deleted here, until they have done it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from narutalk.identity import Identity
from services.agent_server.storage.models import SubthreadDeletion
from services.agent_server.storage.subthreads import SubthreadsOf, SubthreadStore

ROUND_SIZE = 100
LOOK_AGAIN_SECONDS = 60.0
"""What an instance that died had noted is found by another one after this time."""

log = structlog.get_logger(__name__)

DeleteSubthread = Callable[[Any, str, str, Identity], Awaitable[bool]]
"""Gets what the service's ``resources`` opened, a service, a thread and its owner; whether it is gone."""


@dataclass(frozen=True)
class Subthreads:
    """Which threads of other services go with a thread, and how.

    Attributes:
        of: The ids of a thread's subthreads, by service; all it may have.
        delete: Deletes one, and returns whether it is gone or never was; raises nothing when the service
            cannot be reached.
    """

    of: SubthreadsOf
    delete: DeleteSubthread


class SubthreadDeleter:
    """Tries each deletion at once, and then again with a back-off that grows to ten minutes.

    Args:
        store: Where deletions are noted.
        delete: Deletes one.
        resources: What the service's own ``resources`` opened.
    """

    def __init__(self, store: SubthreadStore, delete: DeleteSubthread, resources: Any) -> None:
        self._store = store
        self._delete = delete
        self._resources = resources

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Delete in the background until the block ends. What is left is tried after the next start."""
        task = asyncio.create_task(self._work(), name="subthread deletions")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _work(self) -> None:
        while True:
            self._store.noted.clear()
            try:
                wait_seconds = await self._round()
            except SQLAlchemyError as error:
                log.warning("subthread deletions not read", exc_info=error)
                wait_seconds = LOOK_AGAIN_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._store.noted.wait()

    async def _round(self) -> float:
        """Try what is due, and return the seconds until something is due again."""
        claimed = await self._store.claim(limit=ROUND_SIZE)
        async with asyncio.TaskGroup() as group:
            for deletion in claimed:
                group.create_task(self._try(deletion))
        due_at = await self._store.next_due()
        if due_at is None:
            return LOOK_AGAIN_SECONDS
        return min(max(0.0, (due_at - datetime.now(UTC)).total_seconds()), LOOK_AGAIN_SECONDS)

    async def _try(self, deletion: SubthreadDeletion) -> None:
        identity = Identity.model_validate(deletion.identity)
        told = log.bind(
            service=deletion.service, thread_id=deletion.thread_id, attempts=deletion.attempts + 1
        )
        try:
            gone = await self._delete(self._resources, deletion.service, deletion.thread_id, identity)
        except Exception:  # tried again, like any other failure
            told.exception("subthread deletion failed")
            return
        if gone:
            await self._store.done(deletion)
        else:
            told.warning("subthread not deleted yet")


@asynccontextmanager
async def open_subthreads(
    engine: AsyncEngine, subthreads: Subthreads | None, resources: Any
) -> AsyncIterator[SubthreadStore | None]:
    """Open the notes of what is to be deleted, and delete it in the background; None without subthreads."""
    if subthreads is None:
        yield None
        return
    store = SubthreadStore(engine, subthreads.of)
    async with SubthreadDeleter(store, subthreads.delete, resources).running():
        yield store
