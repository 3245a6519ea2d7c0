"""Reads and writes threads. Rights are checked in `services.agent_server.access`, not here."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from narutalk.errors import Conflict
from services.agent_server.storage.json_filter import json_holds
from services.agent_server.storage.models import Thread

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


def new_thread(thread_id: str, user_id: str, *, metadata: dict[str, Any] | None = None) -> Thread:
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
        expires_at=None,
    )


def thread_columns(thread: Thread) -> dict[str, Any]:
    """Return a thread as the values of an INSERT."""
    return {attribute.key: getattr(thread, attribute.key) for attribute in Thread.__mapper__.column_attrs}


class ThreadStore:
    """The threads of one service.

    Args:
        engine: Opened by `open_database`; the caller closes it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
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

    async def delete(self, thread_id: str) -> None:
        """Remove a thread and, through the foreign key, its runs."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(Thread).where(Thread.thread_id == thread_id))

    async def search(
        self, wanted: ThreadFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> list[Thread]:
        column = SORT_COLUMNS[sort_by]
        query = (
            select(Thread)
            .where(*self._conditions(wanted))
            .order_by(column.desc() if descending else column.asc(), Thread.thread_id)
            .limit(limit)
            .offset(offset)
        )
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
