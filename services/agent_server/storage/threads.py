"""Reads and writes threads. Rights are checked in `services.agent_server.access`, not here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import defer

from narutalk.errors import Conflict, NotFound
from services.agent_server.storage.json_filter import json_holds
from services.agent_server.storage.models import Run, Thread
from services.agent_server.storage.runs import ACTIVE
from services.agent_server.storage.subthreads import SubthreadStore

SORT_COLUMNS = {
    "thread_id": Thread.thread_id,
    "status": Thread.status,
    "created_at": Thread.created_at,
    "updated_at": Thread.updated_at,
    "state_updated_at": Thread.state_updated_at,
}


class ThreadFilter(NamedTuple):
    """Which threads are meant; empty parts match all.

    Attributes:
        user_id: The owner.
        metadata: Keys and values that a thread's metadata holds, at any depth.
        values: The same for the state's values.
        status: One of idle, busy, interrupted, error.
        ids: At most these.
    """

    user_id: str
    metadata: dict[str, Any] = {}  # noqa: RUF012  (a NamedTuple's default, never written to)
    values: dict[str, Any] = {}  # noqa: RUF012
    status: str | None = None
    ids: tuple[str, ...] | None = None


def new_thread(
    thread_id: str,
    user_id: str,
    *,
    metadata: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
    ttl_minutes: float | None = None,
    ttl_strategy: str | None = None,
) -> Thread:
    """Return an idle thread that is not stored yet."""
    now = datetime.now(UTC)
    return Thread(
        thread_id=thread_id,
        user_id=user_id,
        status="idle",
        meta=metadata or {},
        config={},
        values_json=None,
        interrupts={},
        error=None,
        created_at=now,
        updated_at=now,
        state_updated_at=now,
        expires_at=expires_at,
        ttl_minutes=ttl_minutes,
        ttl_strategy=ttl_strategy,
    )


def thread_columns(thread: Thread) -> dict[str, Any]:
    """Return a thread as the values of an INSERT."""
    return {attribute.key: getattr(thread, attribute.key) for attribute in Thread.__mapper__.column_attrs}


class ThreadStore:
    """The threads of one service.

    Args:
        engine: Opened by `open_database`; the caller closes it.
        subthreads: Where the subthreads of deleted threads are noted; None where threads have none.
    """

    def __init__(self, engine: AsyncEngine, *, subthreads: SubthreadStore | None = None) -> None:
        self._engine = engine
        self._subthreads = subthreads
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        self._is_postgresql = engine.dialect.name == "postgresql"

    async def ping(self) -> None:
        """Ask the database for anything at all; raises when it does not answer."""
        async with self._engine.connect() as connection:
            await connection.execute(select(1))

    async def get(self, thread_id: str) -> Thread | None:
        async with self._sessions() as session:
            return await session.get(Thread, thread_id)

    async def add(self, thread: Thread) -> None:
        """Store a new thread.

        Raises:
            Conflict: ``thread_exists``.
        """
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(Thread).values(thread_columns(thread)))
        except IntegrityError as error:
            raise Conflict(
                f"Thread with ID {thread.thread_id} already exists.", code="thread_exists"
            ) from error

    async def update(self, thread_id: str, **columns: Any) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(Thread).where(Thread.thread_id == thread_id).values(columns))

    async def update_idle(self, thread_id: str, **columns: Any) -> None:
        """Change a thread unless a run works on it, whose end will set the same columns."""
        active = exists().where(Run.thread_id == thread_id, Run.status.in_(ACTIVE))
        changed = update(Thread).where(Thread.thread_id == thread_id, ~active).values(columns)
        async with self._engine.begin() as connection:
            await connection.execute(changed)

    async def change(self, thread_id: str, *, metadata: dict[str, Any], **columns: Any) -> Thread:
        """Add to a thread's metadata, change columns of it and return it as it is then.

        Raises:
            NotFound: It was deleted meanwhile.
        """
        touched = update(Thread).where(Thread.thread_id == thread_id).values(updated_at=datetime.now(UTC))
        async with self._sessions.begin() as session:
            await session.execute(touched)  # others wait with their change until this one is stored
            thread = await session.get(Thread, thread_id)
            if thread is None:
                raise NotFound("thread")
            thread.meta = {**thread.meta, **metadata}
            for name, value in columns.items():
                setattr(thread, name, value)
        return thread

    @asynccontextmanager
    async def hold_idle(self, thread_id: str) -> AsyncIterator[bool]:
        """Yield whether no run works on a thread; in PostgreSQL none begins before the block ends."""
        active = exists().where(Run.thread_id == thread_id, Run.status.in_(ACTIVE))
        query = select(Thread.thread_id).where(Thread.thread_id == thread_id, ~active)
        async with self._engine.begin() as connection:
            held = await connection.execute(query.with_for_update(skip_locked=True))
            yield held.first() is not None

    async def expired(self, now: datetime, *, limit: int) -> list[Thread]:
        """Return threads whose time is over, the first to end first."""
        query = select(Thread).where(Thread.expires_at <= now).order_by(Thread.expires_at).limit(limit)
        async with self._sessions() as session:
            return [*(await session.scalars(query.options(defer(Thread.values_json)))).all()]

    async def next_expiry(self) -> datetime | None:
        """Return when the next thread's time is over; None when all stay."""
        query = select(Thread.expires_at).where(Thread.expires_at.is_not(None))
        async with self._engine.connect() as connection:
            found = (await connection.execute(query.order_by(Thread.expires_at).limit(1))).scalar()
        return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)

    async def delete(self, thread_id: str) -> None:
        """Remove a thread and, through the foreign key, its runs."""
        removed = delete(Thread).where(Thread.thread_id == thread_id).returning(Thread.user_id)
        async with self._engine.begin() as connection:
            owner = (await connection.execute(removed)).scalar_one_or_none()
            if owner is not None and self._subthreads:
                await self._subthreads.note(connection, thread_id, owner)
        if self._subthreads:
            self._subthreads.noted.set()

    async def search(
        self,
        wanted: ThreadFilter,
        *,
        sort_by: str,
        descending: bool,
        limit: int,
        offset: int,
        with_values: bool = True,
    ) -> list[Thread]:
        """Return a page of threads; ``values_json`` cannot be read of them without ``with_values``."""
        column = SORT_COLUMNS[sort_by]
        query = (
            select(Thread)
            .where(*self._conditions(wanted))
            .order_by(column.desc() if descending else column.asc(), Thread.thread_id)
            .limit(limit)
            .offset(offset)
        )
        if not with_values:
            query = query.options(defer(Thread.values_json, raiseload=True))
        async with self._sessions() as session:
            return list((await session.scalars(query)).all())

    async def count(self, wanted: ThreadFilter) -> int:
        query = select(func.count()).select_from(Thread).where(*self._conditions(wanted))
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    def _conditions(self, wanted: ThreadFilter) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [Thread.user_id == wanted.user_id]
        if wanted.status:
            conditions.append(Thread.status == wanted.status)
        if wanted.ids is not None:
            conditions.append(Thread.thread_id.in_(wanted.ids))
        owned = Thread.user_id == wanted.user_id
        for column, parts in ((Thread.meta, wanted.metadata), (Thread.values_json, wanted.values)):
            conditions += json_holds(column, parts, owned=owned, is_postgresql=self._is_postgresql)
        return conditions
