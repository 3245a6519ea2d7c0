"""Reads and writes crons. Rights are checked in `services.agent_server.access`, not here."""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from services.agent_server.storage.models import Cron


class CronStore:
    """The crons of one service.

    Args:
        engine: Opened by `open_database`; the caller closes it.

    Attributes:
        changed: Set when this process has changed when crons are due.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        self.changed = asyncio.Event()

    async def add(self, cron: Cron, *, max_per_user: int) -> bool:
        """Store a new cron, unless its owner has as many as one may have; return whether it was stored."""
        columns = {attribute.key: getattr(cron, attribute.key) for attribute in Cron.__mapper__.column_attrs}
        owned = select(func.count()).select_from(Cron).where(Cron.user_id == cron.user_id)
        async with self._engine.begin() as connection:
            if (await connection.execute(owned)).scalar_one() >= max_per_user:
                return False
            await connection.execute(insert(Cron).values(columns))
        self.changed.set()
        return True

    async def get(self, cron_id: str) -> Cron | None:
        async with self._sessions() as session:
            return await session.get(Cron, cron_id)

    async def of_user(self, user_id: str) -> list[Cron]:
        """Return all crons of a user, of whom there are few, the newest first."""
        query = select(Cron).where(Cron.user_id == user_id)
        query = query.order_by(Cron.created_at.desc(), Cron.cron_id.desc())
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def update(self, cron_id: str, **changes: Any) -> None:
        """Change a cron; does nothing when it is gone."""
        async with self._engine.begin() as connection:
            await connection.execute(update(Cron).where(Cron.cron_id == cron_id).values(changes))
        self.changed.set()

    async def delete(self, cron_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(Cron).where(Cron.cron_id == cron_id))

    async def due(self, now: datetime, *, limit: int) -> list[Cron]:
        """Return crons whose time has come, the longest overdue first."""
        query = select(Cron).where(Cron.next_run_at <= now).order_by(Cron.next_run_at).limit(limit)
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def next_due_at(self) -> datetime | None:
        """Return when the next cron is due; None when none is."""
        query = select(Cron.next_run_at).where(Cron.next_run_at.is_not(None))
        async with self._engine.connect() as connection:
            return (await connection.execute(query.order_by(Cron.next_run_at).limit(1))).scalar_one_or_none()

    async def claim(self, cron: Cron, next_run_at: datetime | None) -> bool:
        """Move a due cron on to its next time; return whether it was this call that did.

        Of all instances that found it due, one succeeds: the time must still be the one they read.
        """
        return await self._change_unless_changed(cron, {"next_run_at": next_run_at})

    async def disable(self, cron: Cron, meta: dict[str, Any]) -> bool:
        """Stop a cron, unless it was changed since it was read; return whether it was stopped."""
        return await self._change_unless_changed(cron, {"enabled": False, "next_run_at": None, "meta": meta})

    async def _change_unless_changed(self, cron: Cron, changes: dict[str, Any]) -> bool:
        statement = update(Cron).where(
            Cron.cron_id == cron.cron_id,
            Cron.updated_at == cron.updated_at,
            Cron.next_run_at == cron.next_run_at,
        )
        async with self._engine.begin() as connection:
            changed = (await connection.execute(statement.values(changes))).rowcount == 1
        if changed:
            for name, value in changes.items():
                setattr(cron, name, value)
        return changed
