"""Opens the checkpointer and the store of one service."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from filelock import AsyncFileLock
from langgraph._internal._serde import collect_allowlist_from_schemas
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore, TTLConfig
from langgraph.store.postgres.aio import AsyncPostgresStore
from langgraph.store.sqlite.aio import AsyncSqliteStore
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL

from narutalk.db import CONNECT_TIMEOUT_SECONDS, POOL_SIZE, SQLITE_BUSY_TIMEOUT_MS, database_url
from narutalk.settings import Settings
from services.agent_server.storage.database import service_schema
from services.agent_server.storage.sqlite_saver import QuickSqliteSaver

Checkpointer = BaseCheckpointSaver[Any]
Store = AsyncSqliteStore | AsyncPostgresStore
AnyGraph = Pregel[Any, Any, Any, Any]
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

TTL: TTLConfig = {"refresh_on_read": True, "sweep_interval_minutes": 1, "omit_expired": True}
"""Of items that go by themselves: PostgreSQL hides them at once, SQLite at the next sweep."""
SETUP_SECONDS = 60
SETUP_RETRY_SECONDS = 0.1
SWEEP_STOP_SECONDS = 5.0


@asynccontextmanager
async def open_checkpoints(settings: Settings, service: str) -> AsyncIterator[tuple[Checkpointer, BaseStore]]:
    """Open a service's checkpointer and store, making their tables where they are missing.

    They reopen only the types in LangGraph's safe list and those that `allow_state_types` adds.
    """
    url = database_url(settings.database_url.get_secret_value(), settings.data_dir, f"checkpoints-{service}")
    opened = (
        _open_postgres(url, service_schema(service))
        if url.get_backend_name() == "postgresql"
        else _open_sqlite(str(url.database))
    )
    async with opened as (checkpointer, store):
        await store.start_ttl_sweeper()
        try:
            yield checkpointer, store
        finally:
            await store.stop_ttl_sweeper(timeout=SWEEP_STOP_SECONDS)


def allow_state_types(checkpointer: Checkpointer, graphs: Iterable[AnyGraph]) -> None:
    """Let the checkpointer reopen the types that the graphs' state schemas name, and no others.

    LangGraph collects them itself only under LANGGRAPH_STRICT_MSGPACK, hence the import of its internals.
    """
    serde = checkpointer.serde
    if isinstance(serde, JsonPlusSerializer):
        found = [_state_types(graph) for graph in graphs]
        checkpointer.serde = serde.with_msgpack_allowlist(set().union(*found))


def _state_types(graph: AnyGraph) -> set[tuple[str, ...]]:
    types = collect_allowlist_from_schemas(schemas=_schemas(graph), channels=graph.channels)
    for _, subgraph in graph.get_subgraphs(recurse=False):
        if isinstance(subgraph, Pregel):
            types |= _state_types(subgraph)
    return types


def _schemas(graph: AnyGraph) -> list[type[Any]]:
    if not isinstance(graph, CompiledStateGraph):  # such as an `@entrypoint`: its channels say all
        return []
    builder = graph.builder
    schemas = [builder.state_schema, builder.input_schema, builder.output_schema]
    schemas += [node.input_schema for node in builder.nodes.values()]
    return [schema for schema in schemas if schema]


def _serializer() -> JsonPlusSerializer:
    return JsonPlusSerializer(allowed_msgpack_modules=None)


@asynccontextmanager
async def _open_sqlite(path: str) -> AsyncIterator[tuple[Checkpointer, Store]]:
    async with (
        aiosqlite.connect(path) as checkpoints,
        aiosqlite.connect(path, isolation_level=None) as items,
    ):
        saver = QuickSqliteSaver(checkpoints, serde=_serializer())
        store = AsyncSqliteStore(items, ttl=TTL)
        # Their migrations are not made for several processes that begin on one new file.
        async with AsyncFileLock(f"{path}.lock", timeout=SETUP_SECONDS):
            for connection in (checkpoints, items):
                await connection.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
                await connection.execute("PRAGMA journal_mode=WAL")
                await connection.execute("PRAGMA synchronous=NORMAL")
            await saver.setup()
            await store.setup()
        yield saver, store


@asynccontextmanager
async def _open_postgres(url: URL, schema: str) -> AsyncIterator[tuple[Checkpointer, Store]]:
    pool: Pool = AsyncConnectionPool(
        url.set(drivername="postgresql").render_as_string(hide_password=False),
        min_size=1,
        max_size=POOL_SIZE,
        open=False,
        check=AsyncConnectionPool.check_connection,
        kwargs={
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": f"-csearch_path={schema}",
        },
    )
    async with pool:
        saver = AsyncPostgresSaver(pool, serde=_serializer())
        store = AsyncPostgresStore(pool, ttl=TTL)
        async with _alone(pool, schema):
            await saver.setup()
            await store.setup()
        yield saver, store


@asynccontextmanager
async def _alone(pool: Pool, schema: str) -> AsyncIterator[None]:
    """Keep other instances from making the same tables at the same time.

    Asks again instead of waiting in the lock: a session that waits holds a snapshot, and the savers'
    CREATE INDEX CONCURRENTLY waits for all snapshots.
    """
    key = f"checkpoints {schema}"
    async with pool.connection() as connection, asyncio.timeout(SETUP_SECONDS):
        while not await _try_lock(connection, key):  # noqa: ASYNC110  the event is in another process
            await asyncio.sleep(SETUP_RETRY_SECONDS)
        try:
            yield
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", (key,))


async def _try_lock(connection: AsyncConnection[DictRow], key: str) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(hashtext(%s)) AS locked", (key,))
    row = await cursor.fetchone()
    return bool(row and row["locked"])
