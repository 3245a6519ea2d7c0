"""Copies, sizes and deletions of checkpoints, which LangGraph's interface leaves out.

A deletion names the rows it takes: what a run stores meanwhile is left alone.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from services.agent_server.storage.checkpoint_sql import POSTGRESQL, SQLITE

DELETED_AT_A_TIME = 200
"""So many checkpoints in one transaction, so that none holds a lock for long."""

Row = tuple[Any, ...]
Execute = Callable[[str, dict[str, Any]], Awaitable[list[Row]]]


class CheckpointRow(NamedTuple):
    """What decides whether a checkpoint is kept.

    Attributes:
        namespace: Of the graph (empty) or of a subgraph.
        checkpoint_id: Grows with time.
        parent_id: The checkpoint it was made from; None for the first.
        root_id: Of a subgraph's: the graph's checkpoint from which the subgraph was called.
        delta_steps: So many checkpoints before it are needed to read it, because a `DeltaChannel` holds only
            what changed since then; 0 for a graph without such channels.
    """

    namespace: str
    checkpoint_id: str
    parent_id: str | None
    root_id: str | None
    delta_steps: int


class Size(NamedTuple):
    """How many rows, and their bytes."""

    rows: int
    size_bytes: int


class ThreadSizes(NamedTuple):
    """What a thread occupies; the values of channels that are not inside the checkpoints by channel."""

    checkpoints: Size
    writes: Size
    values: dict[str, Size]


class CheckpointTables:
    """The tables behind one of LangGraph's durable checkpointers.

    Args:
        checkpointer: Opened by `open_checkpoints`.
    """

    def __init__(self, checkpointer: BaseCheckpointSaver[Any]) -> None:
        if not isinstance(checkpointer, AsyncSqliteSaver | AsyncPostgresSaver):
            raise TypeError(f"{type(checkpointer).__name__} keeps its checkpoints in no known tables.")
        self._saver = checkpointer
        self._sql = SQLITE if isinstance(checkpointer, AsyncSqliteSaver) else POSTGRESQL

    async def beyond(self, thread_ids: Sequence[str], limit: int) -> list[str]:
        """Return those of the threads that have more checkpoints than a limit."""
        async with self._transaction() as execute:
            found = await execute(self._sql.beyond, {"thread_ids": list(thread_ids), "limit": limit})
        return [thread_id for (thread_id,) in found]

    async def rows(self, thread_id: str) -> list[CheckpointRow]:
        """Return the checkpoints of a thread without their values, the newest of each namespace first."""
        async with self._transaction() as execute:
            found = await execute(self._sql.rows, {"thread_id": thread_id})
        return [_row(*entry) for entry in found]

    async def delete(self, thread_id: str, ids_by_namespace: dict[str, list[str]]) -> None:
        """Delete checkpoints with their writes, and the values that no other checkpoint holds.

        The oldest go first: what is left is readable at any time.
        """
        for namespace, ids in ids_by_namespace.items():
            oldest_first = sorted(ids)
            for start in range(0, len(ids), DELETED_AT_A_TIME):
                some = oldest_first[start : start + DELETED_AT_A_TIME]
                given = {"thread_id": thread_id, "namespace": namespace, "ids": some}
                async with self._transaction() as execute:
                    for statement in self._sql.delete:
                        await execute(statement, given)

    async def delete_run(self, thread_id: str, run_id: str) -> None:
        """Delete the checkpoints that one run made, so that its thread stands where it stood before."""
        async with self._transaction() as execute:
            found = await execute(self._sql.rows_of_run, {"thread_id": thread_id, "run_id": run_id})
        made: dict[str, list[str]] = {}
        for namespace, checkpoint_id in found:
            made.setdefault(namespace, []).append(checkpoint_id)
        await self.delete(thread_id, made)

    async def copy(self, thread_id: str, target: str) -> None:
        """Copy all that is stored of a thread to a new thread, as it is at one moment."""
        async with self._transaction() as execute:
            for statement in self._sql.copy:
                await execute(statement, {"thread_id": thread_id, "target": target})

    async def sizes(self, thread_id: str) -> ThreadSizes:
        """Return what a thread occupies."""
        given = {"thread_id": thread_id}
        async with self._transaction() as execute:
            [checkpoints] = await execute(self._sql.size_of_checkpoints, given)
            [writes] = await execute(self._sql.size_of_writes, given)
            values = await execute(self._sql.sizes_of_values, given) if self._sql.sizes_of_values else []
        return ThreadSizes(
            _size(*checkpoints), _size(*writes), {channel: _size(*size) for channel, *size in values}
        )

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Execute]:
        saver = self._saver
        opened = _sqlite(saver) if isinstance(saver, AsyncSqliteSaver) else _postgresql(saver)
        async with opened as execute:
            yield execute


@asynccontextmanager
async def _sqlite(saver: AsyncSqliteSaver) -> AsyncIterator[Execute]:
    async def execute(statement: str, given: dict[str, Any]) -> list[Row]:
        values = {
            name: orjson.dumps(value).decode() if isinstance(value, list) else value
            for name, value in given.items()
        }
        return [tuple(row) for row in await saver.conn.execute_fetchall(statement, values)]

    async with saver.lock:
        try:
            yield execute
            await saver.conn.commit()
        except BaseException:
            await saver.conn.rollback()
            raise


@asynccontextmanager
async def _postgresql(saver: AsyncPostgresSaver) -> AsyncIterator[Execute]:
    async with saver._cursor() as cursor, cursor.connection.transaction():

        async def execute(statement: str, given: dict[str, Any]) -> list[Row]:
            named = re.sub(r":([a-z_]+)", r"%(\1)s", statement)
            await cursor.execute(named, given, prepare=False)  # planned for the lists it is given
            return [tuple(row.values()) for row in await cursor.fetchall()] if cursor.description else []

        yield execute


def _row(namespace: str, checkpoint_id: str, parent_id: str | None, metadata: Any) -> CheckpointRow:
    said: dict[str, Any] = metadata if isinstance(metadata, dict) else orjson.loads(metadata or b"{}")
    return CheckpointRow(
        namespace,
        checkpoint_id,
        parent_id,
        (said.get("parents") or {}).get(""),
        _delta_steps(said),
    )


def _delta_steps(metadata: dict[str, Any]) -> int:
    """Return how far back the last snapshot of each delta channel is; none is needed of one never written.

    The counters say how often a channel was written since its snapshot, and in how many steps; where these
    are all the steps of the thread, of which the first is -1, there was no snapshot.
    """
    counters = metadata.get("counters_since_delta_snapshot") or {}
    all_steps = int(metadata.get("step", 0)) + 2
    needed = [int(steps) for written, steps in counters.values() if written or steps < all_steps]
    return max(needed, default=0)


def _size(count: Any, size_bytes: Any) -> Size:
    return Size(int(count), int(size_bytes))
