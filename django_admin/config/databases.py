"""Where the manager keeps its records: SQLite in the data dir, or PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import dj_database_url

from narutalk.settings import Settings

BUSY_TIMEOUT_SECONDS = 10
POOL_SIZE = 10
POOL_TIMEOUT_SECONDS = 10
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"


def database_config(settings: Settings) -> dict[str, Any]:
    """Return Django's `DATABASES["default"]`; makes the data dir where SQLite needs it."""
    url = settings.database_url.get_secret_value()
    if url:
        return _postgresql(url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": settings.data_dir / "manager.db",
        "OPTIONS": {
            "timeout": BUSY_TIMEOUT_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
        },
        "TEST": {"NAME": settings.data_dir / "test-manager.db"},
    }


def _postgresql(url: str) -> dict[str, Any]:
    config: dict[str, Any] = dict(dj_database_url.parse(url.replace("+psycopg://", "://", 1)))
    pool = {"min_size": 0, "max_size": POOL_SIZE, "timeout": POOL_TIMEOUT_SECONDS}
    config["OPTIONS"] = {**config.get("OPTIONS", {}), "pool": pool}
    return config


@contextmanager
def sqlite_held_open(database: dict[str, Any]) -> Iterator[None]:
    """Hold one idle connection to a SQLite file, and nothing to another database.

    The last connection that closes writes the whole WAL back and deletes it, which costs more than what
    a request asks for.
    """
    if not database["ENGINE"].endswith("sqlite3"):
        yield
        return
    with closing(sqlite3.connect(database["NAME"], check_same_thread=False)) as connection:
        connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        yield
