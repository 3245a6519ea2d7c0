"""Who holds which run: leases are renewed, lost ones found and taken over, given up at a clean stop."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from narutalk.process import is_dead
from services.agent_server.storage.clock import database_time
from services.agent_server.storage.models import Run
from services.agent_server.storage.runs import ACTIVE, LEASE_SECONDS, CancelAction, as_cancel_action


class LostRun(NamedTuple):
    """An active run whose holder does not work on it any more, as it was seen."""

    run_id: str
    process: str
    attempt: int


class LeaseStore:
    """The leases of one process.

    Args:
        engine: Opened by `open_database`; the caller closes it.
        process: The name of this process, or of this instance where one process holds several.
    """

    def __init__(self, engine: AsyncEngine, process: str) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        self._dialect = engine.dialect.name
        self.process = process

    async def renew(self, run_ids: Collection[str]) -> dict[str, CancelAction | None]:
        """Renew the leases of runs and return those that are still held, with how they are to be stopped."""
        mine = select(Run.run_id).where(
            Run.run_id.in_(run_ids), Run.process == self.process, Run.status.in_(ACTIVE)
        )
        renewed = (
            update(Run)
            .where(Run.run_id.in_(mine.order_by(Run.run_id).with_for_update()))
            .values(lease_until=self._time(LEASE_SECONDS))
            .returning(Run.run_id, Run.cancel_action)
        )
        async with self._engine.begin() as connection:
            found = (await connection.execute(renewed)).all()
        return {run_id: as_cancel_action(action) if action else None for run_id, action in found}

    async def find_lost(self, *, limit: int) -> Sequence[LostRun]:
        """Return the oldest runs whose lease ran out, or whose process is dead on this host."""
        others = select(Run.process).where(Run.status.in_(ACTIVE), Run.process != self.process).distinct()
        async with self._engine.connect() as connection:
            dead = [process for process in (await connection.scalars(others)).all() if is_dead(process)]
            query = (
                select(Run.run_id, Run.process, Run.attempt)
                .where(Run.status.in_(ACTIVE), self._is_lost(dead))
                .order_by(Run.created_at, Run.run_id)
                .limit(limit)
            )
            return [LostRun(*row) for row in (await connection.execute(query)).all()]

    async def take(self, lost: LostRun) -> Run | None:
        """Take a run over, and return it; None when another was faster, or its holder is back.

        A run that was running begins its next attempt; one that waited, or was given up, keeps its number.
        """
        dead = [lost.process] if is_dead(lost.process) else []
        taken = (
            update(Run)
            .where(
                Run.run_id == lost.run_id,
                Run.process == lost.process,
                Run.attempt == lost.attempt,
                Run.status.in_(ACTIVE),
                self._is_lost(dead),
            )
            .values(
                process=self.process,
                attempt=case((Run.status == "running", Run.attempt + 1), else_=Run.attempt),
                lease_until=self._time(LEASE_SECONDS),
            )
        )
        async with self._engine.begin() as connection:
            if not (await connection.execute(taken)).rowcount:
                return None
        async with self._sessions() as session:
            return await session.get(Run, lost.run_id)

    async def give_up(self, run_ids: Collection[str]) -> None:
        """Let other processes take runs over at once; that does not count as a failed attempt."""
        mine = (Run.run_id.in_(run_ids), Run.process == self.process, Run.status.in_(ACTIVE))
        async with self._engine.begin() as connection:
            given = update(Run).where(*mine).values(status="pending", lease_until=self._time(-1))
            await connection.execute(given)

    def _is_lost(self, dead: Collection[str]) -> ColumnElement[bool]:
        expired: ColumnElement[Any] = or_(Run.lease_until.is_(None), Run.lease_until < self._time())
        return or_(expired, Run.process.in_(dead)) if dead else expired

    def _time(self, seconds: float = 0) -> ColumnElement[Any]:
        return database_time(self._dialect, seconds=seconds)
