"""Threads of other services that are still to be deleted, because the thread they belonged to was."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from narutalk.identity import Identity
from services.agent_server.storage.models import SubthreadDeletion

FIRST_BACKOFF_SECONDS = 1.0
MAX_BACKOFF_SECONDS = 600.0

SubthreadsOf = Callable[[str], Mapping[str, str]]
"""The ids of a thread's subthreads, by the service that keeps them."""


class SubthreadStore:
    """What is still to be deleted elsewhere.

    Args:
        engine: Opened by `open_database`; the caller closes it.
        subthreads_of: Says which threads belong to one.

    Attributes:
        noted: Set when something was noted; who deletes waits for it.
    """

    def __init__(self, engine: AsyncEngine, subthreads_of: SubthreadsOf) -> None:
        self.noted = asyncio.Event()
        self._engine = engine
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        self._subthreads_of = subthreads_of

    async def note(self, connection: AsyncConnection, thread_id: str, owner: str) -> None:
        """Note the subthreads of a thread, in the transaction that deletes it; then `noted` is to be set.

        They are deleted in the owner's name, who is the only one that can delete a thread.
        """
        identity = Identity(user_id=owner, username=owner).model_dump(mode="json")
        rows = [
            {
                "service": service,
                "thread_id": subthread,
                "identity": identity,
                "attempts": 0,
                "due_at": datetime.now(UTC),
            }
            for service, subthread in self._subthreads_of(thread_id).items()
        ]
        if rows:
            same = SubthreadDeletion.thread_id.in_([row["thread_id"] for row in rows])
            await connection.execute(delete(SubthreadDeletion).where(same))
            await connection.execute(insert(SubthreadDeletion), rows)

    async def claim(self, *, limit: int) -> list[SubthreadDeletion]:
        """Return deletions that are due, each to one instance only, and put off their next attempt."""
        now = datetime.now(UTC)
        due = select(SubthreadDeletion).where(SubthreadDeletion.due_at <= now).limit(limit)
        async with self._sessions() as session:
            found = (await session.scalars(due.order_by(SubthreadDeletion.due_at))).all()
        claimed = []
        for entry in found:
            put_off = (
                update(SubthreadDeletion)
                .where(SubthreadDeletion.id == entry.id, SubthreadDeletion.attempts == entry.attempts)
                .values(attempts=entry.attempts + 1, due_at=now + backoff(entry.attempts))
            )
            async with self._engine.begin() as connection:
                if (await connection.execute(put_off)).rowcount:
                    claimed.append(entry)
        return claimed

    async def done(self, deletion: SubthreadDeletion) -> None:
        """Strike a deletion out."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(SubthreadDeletion).where(SubthreadDeletion.id == deletion.id))

    async def next_due(self) -> datetime | None:
        """Return when the next attempt is due; None when nothing is left to delete."""
        async with self._engine.connect() as connection:
            found = (await connection.execute(select(func.min(SubthreadDeletion.due_at)))).scalar_one()
        return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after an attempt failed: twice as long each time."""
    return timedelta(seconds=min(FIRST_BACKOFF_SECONDS * 2**attempts, MAX_BACKOFF_SECONDS))
