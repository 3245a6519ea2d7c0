"""Reads what happened on threads since somebody looked."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from services.agent_server.storage.models import Run, Thread
from services.agent_server.storage.runs import ACTIVE


class ThreadChange(NamedTuple):
    """What of a thread changes when there is something to send.

    Attributes:
        state_updated_at: When its state was changed last.
        newest_run_at: When its newest run was made; None before the first.
    """

    state_updated_at: datetime
    newest_run_at: datetime | None


class ThreadChanges:
    """The changes on one service's threads.

    Args:
        engine: Opened by `open_database`; the caller closes it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)

    async def read(self, thread_ids: Collection[str]) -> dict[str, ThreadChange]:
        """Return the newest change of each thread; those that are gone are left out."""
        newest = select(func.max(Run.created_at)).where(Run.thread_id == Thread.thread_id).scalar_subquery()
        query = select(Thread.thread_id, Thread.state_updated_at, newest).where(
            Thread.thread_id.in_(thread_ids)
        )
        async with self._sessions() as session:
            return {row[0]: ThreadChange(row[1], row[2]) for row in await session.execute(query)}

    async def next_run(self, thread_id: str, behind: Run | None) -> Run | None:
        """Return the run that was made on a thread behind another; the first one behind None."""
        query = select(Run).where(Run.thread_id == thread_id)
        if behind is not None:
            query = query.where(tuple_(Run.created_at, Run.run_id) > tuple_(behind.created_at, behind.run_id))
        async with self._sessions() as session:
            found: Run | None = await session.scalar(query.order_by(Run.created_at, Run.run_id).limit(1))
        return found

    async def first_active_run(self, thread_id: str) -> Run | None:
        """Return the run that works on a thread, or waits first."""
        query = select(Run).where(Run.thread_id == thread_id, Run.status.in_(ACTIVE))
        async with self._sessions() as session:
            found: Run | None = await session.scalar(query.order_by(Run.created_at, Run.run_id).limit(1))
        return found

    async def newest_run(self, thread_id: str, *, not_after: datetime | None = None) -> Run | None:
        """Return the run that was made last on a thread, or last until a time."""
        query = select(Run).where(Run.thread_id == thread_id)
        if not_after is not None:
            query = query.where(Run.created_at <= not_after)
        query = query.order_by(Run.created_at.desc(), Run.run_id.desc()).limit(1)
        async with self._sessions() as session:
            found: Run | None = await session.scalar(query)
        return found
