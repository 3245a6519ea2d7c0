"""Several instances of the test server over one database, and what tests do to their rows."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import text

from narutalk.db import build_engine
from narutalk.process import this_process
from narutalk.settings import Settings
from services.agent_server.storage.database import service_schema, threads_url
from tests.contract.agent_server.conftest import RunningServer, make_settings, serve

WAIT_SECONDS = 15
ROOT = Path(__file__).parents[3]


class Pair(NamedTuple):
    """Two instances of one service."""

    first: RunningServer
    second: RunningServer
    settings: Settings


@asynccontextmanager
async def serve_pair(data_dir: Path, url: str = "") -> AsyncIterator[Pair]:
    """Serve two instances, which know each other as processes of other hosts."""
    settings = make_settings(data_dir, url)
    async with (
        serve(settings, process="host-a/1/1.00") as first,
        serve(settings, process="host-b/1/1.00") as second,
    ):
        yield Pair(first, second, settings)


@cache
def dead_process() -> str:
    """The name of a process of this host that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host, _, _ = this_process().rsplit("/", 2)
    return f"{host}/{ended.pid}/1.00"


async def change_row(settings: Settings, run_id: str, **columns: Any) -> None:
    """Change columns of a run's row behind the servers' backs."""
    await asyncio.to_thread(_change_row, settings, run_id, columns)


async def read_row(settings: Settings, run_id: str) -> dict[str, Any]:
    """Return a run's row as it is stored."""
    return await asyncio.to_thread(_read_row, settings, run_id)


def _change_row(settings: Settings, run_id: str, columns: dict[str, Any]) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    engine = build_engine(threads_url(settings, "test"), schema=service_schema("test"))
    with engine.begin() as connection:
        statement = text(f"UPDATE runs SET {assignments} WHERE run_id = :run_id")
        connection.execute(statement, {**columns, "run_id": run_id})
    engine.dispose()


def _read_row(settings: Settings, run_id: str) -> dict[str, Any]:
    engine = build_engine(threads_url(settings, "test"), schema=service_schema("test"))
    with engine.connect() as connection:
        statement = text("SELECT * FROM runs WHERE run_id = :run_id")
        row = connection.execute(statement, {"run_id": run_id}).mappings().one()
    engine.dispose()
    return dict(row)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = WAIT_SECONDS) -> None:
    """Wait until something that other processes do has happened."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
