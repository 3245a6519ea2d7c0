"""Reads and writes threads. Rights are checked in `services.agent_server.access`, not here."""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    not_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from narutalk.errors import Conflict, InvalidInput
from services.agent_server.serialization import encode
from services.agent_server.storage.models import Thread

SORT_COLUMNS = {
    "thread_id": Thread.thread_id,
    "status": Thread.status,
    "created_at": Thread.created_at,
    "updated_at": Thread.updated_at,
    "state_updated_at": Thread.state_updated_at,
}


UNCASTABLE = r"\\u(0000|d[89a-f])"
"""Escapes that JSON allows and PostgreSQL's ``jsonb`` refuses."""


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
        conditions += self._holds(wanted.user_id, Thread.meta, wanted.metadata)
        conditions += self._holds(wanted.user_id, Thread.values_json, wanted.values)
        return conditions

    def _holds(self, user_id: str, column: Any, wanted: dict[str, Any]) -> list[ColumnElement[bool]]:
        if not wanted:
            return []
        if re.search(UNCASTABLE, encode(wanted).decode(), re.IGNORECASE):
            raise InvalidInput("What to search for holds characters that are not stored.")
        if self._is_postgresql:
            # A cast fails on what jsonb cannot hold: it is tried only on rows of the owner that it can take.
            uncastable = type_coerce(column, Text).regexp_match(UNCASTABLE, flags="i")
            castable = and_(Thread.user_id == user_id, not_(uncastable))
            return [case((castable, cast(column, JSONB).contains(wanted)), else_=False)]
        return [_sqlite_equals(column, path, value) for path, value in _leaves(wanted, "$")]


def _leaves(wanted: dict[str, Any], path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in wanted.items():
        if '"' in key:
            raise InvalidInput("A key to search for cannot hold a quotation mark.")
        inner = f'{path}."{key}"'
        found += _leaves(value, inner) if isinstance(value, dict) else [(inner, value)]
    return found


def _sqlite_equals(column: Any, path: str, value: Any) -> ColumnElement[bool]:
    if value is None:
        return literal("null") == func.json_type(column, path)
    if isinstance(value, list):
        value = orjson.dumps(value).decode()
    return literal(value) == func.json_extract(column, path)
