"""An event store on each database, with the rows its events need."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from narutalk.settings import Settings
from services.agent_server.storage.database import open_database
from services.agent_server.storage.events import EventStore
from services.agent_server.storage.models import Run
from services.agent_server.storage.threads import ThreadStore, new_thread


@dataclass
class Recorded:
    """A database with an event store, and how to make runs in it."""

    engine: AsyncEngine
    store: EventStore

    async def run(self, thread_id: str = "", **columns: Any) -> str:
        """Store a recorded run, on a thread of its own where none is given, and return its id."""
        run_id = str(uuid4())
        if not thread_id:
            thread_id = str(uuid4())
            await ThreadStore(self.engine).add(new_thread(thread_id, "u-anna"))
        now = datetime.now(UTC)
        row: dict[str, Any] = {
            "run_id": run_id,
            "thread_id": thread_id,
            "user_id": "u-anna",
            "assistant_id": str(uuid4()),
            "status": "running",
            "meta": {},
            "kwargs": {},
            "request": {},
            "multitask_strategy": "enqueue",
            "identity": {},
            "recorded": True,
            "process": "a/1/1.0",
            "attempt": 1,
            "created_at": now,
            "updated_at": now,
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(Run).values(row | columns))
        return run_id

    async def change(self, run_id: str, **columns: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(update(Run).where(Run.run_id == run_id).values(columns))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Recorded]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    data_dir = tmp_path_factory.mktemp("events")
    settings = Settings(_env_file=None, data_dir=data_dir, database_url=SecretStr(url))
    async with open_database(settings, "events") as engine:
        yield Recorded(engine, EventStore(engine))
