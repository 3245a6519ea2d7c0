"""Reads and writes runs, together with what a run changes on its thread."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from narutalk.errors import NotFound
from narutalk.process import RUN_LOST, is_dead
from services.agent_server.storage.models import Run, Thread

ACTIVE = ("pending", "running")
LOST = {"error": RUN_LOST, "message": "The process that ran this ended before the run did."}


class RunStore:
    """The runs of one service.

    Args:
        engine: Opened by `open_database`; the caller closes it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)

    async def add(self, run: Run, *, thread_changes: dict[str, Any]) -> None:
        """Store a new run and change its thread, in one transaction.

        Raises:
            NotFound: The thread was deleted meanwhile.
        """
        columns = {attribute.key: getattr(run, attribute.key) for attribute in Run.__mapper__.column_attrs}
        changed = update(Thread).where(Thread.thread_id == run.thread_id).values(thread_changes)
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(Run).values(columns))
                await connection.execute(changed)
        except IntegrityError as error:
            raise NotFound("thread") from error

    async def save(self, run: Run, *, thread_changes: dict[str, Any] | None = None) -> None:
        """Store a run's status and error and, in the same transaction, change its thread."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(Run)
                .where(Run.run_id == run.run_id)
                .values(status=run.status, error=run.error, updated_at=run.updated_at)
            )
            if thread_changes:
                await connection.execute(
                    update(Thread).where(Thread.thread_id == run.thread_id).values(thread_changes)
                )

    async def get(self, run_id: str) -> Run | None:
        async with self._sessions() as session:
            return await session.get(Run, run_id)

    async def list(self, thread_id: str, *, status: str | None, limit: int, offset: int) -> list[Run]:
        """Return a thread's runs, newest first."""
        query = select(Run).where(Run.thread_id == thread_id)
        if status:
            query = query.where(Run.status == status)
        query = query.order_by(Run.created_at.desc(), Run.run_id.desc()).limit(limit).offset(offset)
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def delete(self, run_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(Run).where(Run.run_id == run_id))

    async def fail_lost(self) -> int:
        """Mark the runs that dead processes of this host left behind as failed, and return how many."""
        async with self._sessions() as session:
            left = (await session.scalars(select(Run).where(Run.status.in_(ACTIVE)))).all()
        return sum([await self.fail_if_lost(run) for run in left])

    async def fail_if_lost(self, run: Run) -> bool:
        """Mark a run that has not ended as failed when its process is dead, and return whether it was.

        Its thread fails with it, unless another instance has gone on with the thread since.
        """
        if run.status not in ACTIVE or not is_dead(run.process):
            return False
        now = datetime.now(UTC)
        run.status, run.error, run.updated_at = "error", LOST, now
        newest = await self.list(run.thread_id, status=None, limit=1, offset=0)
        is_newest = not newest or newest[0].run_id == run.run_id
        changes = {"status": "error", "error": LOST, "updated_at": now}
        await self.save(run, thread_changes=changes if is_newest else None)
        return True
