"""The database of threads and runs of one service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from narutalk.db import build_async_engine, build_engine, database_url, migrate
from narutalk.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"


def service_schema(service: str) -> str:
    """Return the PostgreSQL schema that a service's tables live in."""
    return f"agent_{service}"


def threads_url(settings: Settings, service: str) -> URL:
    """Return the URL of a service's threads: the configured PostgreSQL, or its own SQLite file."""
    return database_url(settings.database_url.get_secret_value(), settings.data_dir, f"threads-{service}")


@asynccontextmanager
async def open_database(settings: Settings, service: str) -> AsyncIterator[AsyncEngine]:
    """Migrate a service's database to the newest revision and open it."""
    url, schema = threads_url(settings, service), service_schema(service)
    await asyncio.to_thread(_migrate, url, schema)
    engine = build_async_engine(url, schema=schema)
    try:
        yield engine
    finally:
        await engine.dispose()


def _migrate(url: URL, schema: str) -> None:
    engine = build_engine(url, schema=schema)
    try:
        migrate(engine, MIGRATIONS, schema=schema)
    finally:
        engine.dispose()
