"""Runs in the database: their order on a thread, their ends, what is read of them.

Whatever changes which runs of a thread are active locks the thread's row first, so that the database decides
over all instances, and no two transactions wait for each other.
"""

import builtins
from collections.abc import Collection
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Delete,
    Insert,
    String,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased

from narutalk.errors import Conflict, NotFound
from services.agent_server.storage.clock import database_time
from services.agent_server.storage.models import Run, Thread

ACTIVE = ("pending", "running")
LEASE_SECONDS = 8.0

CancelAction = Literal["interrupt", "rollback"]


class RunPlace(NamedTuple):
    """Where an active run is.

    Attributes:
        run_id: Of the run.
        process: The holder of its lease.
    """

    run_id: str
    process: str


class RunProgress(NamedTuple):
    """How far a run is.

    Attributes:
        status: As stored.
        is_first: No run before it on its thread is active.
    """

    status: str
    is_first: bool


class RunStore:
    """The runs of one service.

    Args:
        engine: Opened by `open_database`; the caller closes it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        self._dialect = engine.dialect.name
        self._insert = _insert_in_turn(self._dialect)

    async def add(
        self, run: Run, *, thread_changes: dict[str, Any], may_run: bool
    ) -> builtins.list[RunPlace]:
        """Store a new run and change its thread; what the strategy asks of the runs before it is marked too.

        The run's status, times and lease become what the database made them: ``running`` when no other run
        of the thread is active, else ``pending``.

        Args:
            run: A new one.
            thread_changes: Columns of its thread.
            may_run: Whether its process has room for it; otherwise it is ``pending`` in any case.

        Returns:
            The runs before it that are to stop, in their order.

        Raises:
            NotFound: The thread was deleted meanwhile.
            Conflict: ``thread_busy``: another run is active, and the strategy is ``reject``.
        """
        columns = {f"new_{name}": getattr(run, name) for name in _INSERTED}
        strategy = run.multitask_strategy
        changed = update(Thread).where(Thread.thread_id == run.thread_id)
        async with self._engine.begin() as connection:
            found = await connection.execute(changed.values(thread_changes))
            if not found.rowcount:
                raise NotFound("thread")
            ahead = []
            if strategy in ("interrupt", "rollback"):
                ahead = await self._mark(connection, Run.thread_id == run.thread_id, strategy)
            wanted = {"new_status": "running" if may_run else "pending", "may_queue": strategy != "reject"}
            inserted = (await connection.execute(self._insert, columns | wanted)).first()
            if inserted is None:
                raise Conflict(
                    "Thread is already running a task. "
                    "Wait for it to finish or choose a different multitask strategy.",
                    code="thread_busy",
                )
        run.status, run.created_at, run.lease_until = inserted
        run.updated_at = run.created_at
        return ahead

    async def claim(self, run: Run) -> bool:
        """Make a pending run the running one of its thread, and return whether it was its turn.

        The run's status and, when it was to be stopped meanwhile, ``cancel_action`` become as stored.
        """
        other = aliased(Run)
        taken = exists().where(
            other.thread_id == Run.thread_id,
            other.run_id != Run.run_id,
            or_(other.status == "running", _is_before(other)),
        )
        claimed = (
            update(Run)
            .where(held(run), Run.status == "pending", not_(taken))
            .values(status="running", updated_at=self._time(), lease_until=self._time(LEASE_SECONDS))
            .returning(Run.cancel_action, Run.updated_at)
            .execution_options(synchronize_session=False)
        )
        busy = update(Thread).where(Thread.thread_id == run.thread_id).values(status="busy")
        async with self._engine.connect() as connection:
            await connection.execute(busy)
            row = (await connection.execute(claimed)).first()
            if row is None:
                return False
            await connection.commit()
        run.status = "running"
        run.cancel_action, run.updated_at = row
        return True

    async def end(self, run: Run, *, thread_changes: dict[str, Any]) -> bool:
        """Store a run's last status and error and change its thread, where the lease is still held.

        The thread is ``busy`` when another run waits for it, whatever the changes say.

        Returns:
            Whether the lease was held; when not, nothing was stored.
        """
        values = {"status": run.status, "error": run.error, "updated_at": self._time()}
        return await self._end(run, update(Run).values(values), thread_changes)

    async def end_without_trace(self, run: Run, *, thread_changes: dict[str, Any]) -> bool:
        """Delete a run that was rolled back and change its thread, as `end` does."""
        return await self._end(run, delete(Run), thread_changes)

    async def request_cancel(self, run_ids: Collection[str], action: CancelAction) -> builtins.list[RunPlace]:
        """Have active runs stopped by whoever holds their leases, and return where these are."""
        async with self._engine.begin() as connection:
            return await self._mark(connection, Run.run_id.in_(run_ids), action)

    async def progress(self, run_ids: Collection[str]) -> dict[str, RunProgress]:
        """Return how far runs are; those that were deleted are left out."""
        other = aliased(Run)
        behind = exists().where(
            other.thread_id == Run.thread_id,
            other.run_id != Run.run_id,
            other.status.in_(ACTIVE),
            or_(other.status == "running", _is_before(other)),
        )
        query = select(Run.run_id, Run.status, not_(behind)).where(Run.run_id.in_(run_ids))
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).all()
        return {run_id: RunProgress(status, bool(is_first)) for run_id, status, is_first in found}

    async def is_busy(self, thread_id: str) -> bool:
        """Whether a run of the thread has not ended, wherever it is."""
        return bool(await self.active(thread_id))

    async def active(self, thread_id: str) -> builtins.list[Run]:
        """Return the runs of a thread that have not ended, in their order."""
        query = select(Run).where(Run.thread_id == thread_id, Run.status.in_(ACTIVE))
        async with self._sessions() as session:
            return [*(await session.scalars(query.order_by(Run.created_at, Run.run_id))).all()]

    async def get(self, run_id: str) -> Run | None:
        async with self._sessions() as session:
            return await session.get(Run, run_id)

    async def of_user(self, user_id: str, *, statuses: Collection[str], limit: int) -> builtins.list[Run]:
        """Return a user's runs in some statuses, newest first."""
        query = select(Run).where(Run.user_id == user_id, Run.status.in_(statuses))
        query = query.order_by(Run.created_at.desc(), Run.run_id.desc()).limit(limit)
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def list(self, thread_id: str, *, status: str | None, limit: int, offset: int) -> list[Run]:
        """Return a thread's runs, newest first."""
        query = select(Run).where(Run.thread_id == thread_id)
        if status:
            query = query.where(Run.status == status)
        query = query.order_by(Run.created_at.desc(), Run.run_id.desc()).limit(limit).offset(offset)
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def count(self, thread_id: str, *, status: str | None) -> int:
        """Return how many runs a thread has."""
        query = select(func.count()).select_from(Run).where(Run.thread_id == thread_id)
        if status:
            query = query.where(Run.status == status)
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def delete(self, run_id: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(Run).where(Run.run_id == run_id))

    async def abandoned_threads(self, *, ended_seconds: float, limit: int) -> builtins.list[str]:
        """Return threads that were made for one run, which ended so long ago."""
        query = (
            select(Run.thread_id)
            .where(
                Run.delete_thread_after,
                Run.status.not_in(ACTIVE),
                Run.updated_at < self._time(-ended_seconds),
            )
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [*(await connection.scalars(query)).all()]

    async def _end(self, run: Run, ending: Update | Delete, thread_changes: dict[str, Any]) -> bool:
        status = thread_changes.get("status", Thread.status)
        others = exists().where(
            Run.thread_id == run.thread_id, Run.run_id != run.run_id, Run.status.in_(ACTIVE)
        )
        values = {**thread_changes, "status": case((others, "busy"), else_=status)}
        changed = update(Thread).where(Thread.thread_id == run.thread_id, exists().where(held(run)))
        async with self._engine.connect() as connection:
            found = await connection.execute(changed.values(values))
            if not found.rowcount:
                return False
            ended = await connection.execute(ending.where(held(run)))
            if not ended.rowcount:
                return False
            await connection.commit()
        return True

    async def _mark(
        self, connection: AsyncConnection, which: ColumnElement[bool], action: str
    ) -> builtins.list[RunPlace]:
        in_order = select(Run.run_id).where(which, Run.status.in_(ACTIVE)).order_by(Run.run_id)
        marked = (
            update(Run)
            .where(Run.run_id.in_(in_order.with_for_update()))
            .values(cancel_action=func.coalesce(Run.cancel_action, action))
            .returning(Run.created_at, Run.run_id, Run.process)
        )
        found = (await connection.execute(marked)).all()
        in_order_of_time = sorted(found, key=lambda row: (row.created_at, row.run_id))
        return [RunPlace(row.run_id, row.process) for row in in_order_of_time]

    def _time(self, seconds: float = 0) -> ColumnElement[Any]:
        return database_time(self._dialect, seconds=seconds)


_MADE_BY_THE_DATABASE = ("status", "created_at", "updated_at", "lease_until")
_INSERTED = [
    attribute.key for attribute in Run.__mapper__.column_attrs if attribute.key not in _MADE_BY_THE_DATABASE
]


def as_cancel_action(stored: str) -> CancelAction:
    """Return how a run is to be stopped, from its column or from the strategy of the run behind it."""
    return "rollback" if stored == "rollback" else "interrupt"


def held(run: Run) -> ColumnElement[bool]:
    """Return the condition that a run is active and its lease held by whom the object names."""
    return and_(
        Run.run_id == run.run_id,
        Run.process == run.process,
        Run.attempt == run.attempt,
        Run.status.in_(ACTIVE),
    )


def _is_before(other: type[Run]) -> ColumnElement[bool]:
    return and_(
        other.status == "pending",
        tuple_(other.created_at, other.run_id) < tuple_(Run.created_at, Run.run_id),
    )


def _insert_in_turn(dialect: str) -> Insert:
    """Return the INSERT of a run that sees by itself whether its thread is free."""
    busy = exists().where(Run.thread_id == bindparam("new_thread_id"), Run.status.in_(ACTIVE))
    types = {attribute.key: attribute.columns[0] for attribute in Run.__mapper__.column_attrs}
    now = database_time(dialect)
    values: dict[str, ColumnElement[Any]] = {
        name: bindparam(f"new_{name}", type_=types[name].type) for name in _INSERTED
    }
    values["status"] = case((busy, "pending"), else_=bindparam("new_status", type_=String))
    values |= {
        "created_at": now,
        "updated_at": now,
        "lease_until": database_time(dialect, seconds=LEASE_SECONDS),
    }
    source = select(*values.values()).where(or_(bindparam("may_queue", type_=Boolean), not_(busy)))
    names = [types[name].name for name in values]
    return insert(Run).from_select(names, source).returning(Run.status, Run.created_at, Run.lease_until)
