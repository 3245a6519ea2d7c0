"""Fills databases with a company of some size, and keeps them for the next run."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import Engine, insert

from bench.data.rows import Grown, grow
from narutalk.db import migrate
from narutalk.identity import ensure_keys
from narutalk.settings import Settings, load_settings
from tests.postgres import database_url, make_database, start_server
from tools.clients.database import (
    CLIENT_MIGRATIONS,
    TRANSACTION_MIGRATIONS,
    build_client_engine,
    build_transaction_engine,
    migrate_clients,
)
from tools.clients.models import Client, ClientRegion, Contract, Product
from tools.sample_company.company import LAST_DAY
from tools.sample_company.generate import SampleData

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BEFORE_SUMMARIES = "0002"
"""The revision in which transactions are loaded: what comes after fills itself in at once."""
SQLITE_LOAD_CACHE_KB = 1_000_000


class Filled(NamedTuple):
    """Databases that are there; ``load_seconds`` is None when they were there before."""

    settings: Settings
    load_seconds: float | None
    migrate_seconds: float


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server over a folder and yield its address."""
    folder.mkdir(parents=True, exist_ok=True)
    server = start_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def filled(data: SampleData, size: int, folder: Path, server: str | None) -> Filled:
    """Return databases with so many transactions, made where they are not there yet.

    Args:
        data: The sample company.
        size: How many transactions.
        folder: Of this size and kind of database; kept.
        server: Of PostgreSQL; None for SQLite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = _settings(folder, server, f"bench_{size}")
    ensure_keys(settings)
    done = folder / "loaded"
    if done.exists():
        started = perf_counter()
        migrate_clients(settings)
        migrate_seconds = perf_counter() - started
        _settle(settings)
        return Filled(settings, None, migrate_seconds)
    if server:
        _make_again(server, f"bench_{size}")
    else:
        for path in folder.glob("*.db*"):
            path.unlink()
    load_seconds = _load(settings, data, grow(data, size))
    started = perf_counter()
    migrate_clients(settings)
    migrate_seconds = perf_counter() - started
    _settle(settings)
    done.touch()
    return Filled(settings, load_seconds, migrate_seconds)


def _settings(folder: Path, server: str | None, name: str) -> Settings:
    url = SecretStr(database_url(server, name)) if server else SecretStr("")
    return load_settings(
        data_dir=folder,
        client_database_url=url,
        transaction_database_url=url,
        today=LAST_DAY,
        trace_sink=False,
        _env_file=None,
    )


def _make_again(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    make_database(server, name)


def _load(settings: Settings, data: SampleData, grown: Grown) -> float:
    started = perf_counter()
    clients = build_client_engine(settings, read_only=False)
    transactions = build_transaction_engine(settings, read_only=False)
    try:
        migrate(transactions, TRANSACTION_MIGRATIONS, revision=BEFORE_SUMMARIES)
        migrate(clients, CLIENT_MIGRATIONS)
        with clients.begin() as connection:
            connection.execute(insert(ClientRegion), data.regions)
            connection.execute(insert(Client), grown.clients)
            connection.execute(insert(Contract), grown.contracts)
        with transactions.begin() as connection:
            connection.execute(insert(Product), data.products)
        _write(transactions, grown)
    finally:
        clients.dispose()
        transactions.dispose()
    return perf_counter() - started


def _write(engine: Engine, grown: Grown) -> None:
    """Write the transactions the fastest way that a database has."""
    names = ", ".join(grown.columns)
    if engine.dialect.name == "sqlite":
        path = engine.url.database or ""
        places = ", ".join("?" * len(grown.columns))
        rows = (
            tuple(str(v) if n == "date" else v for n, v in zip(grown.columns, row, strict=True))
            for row in grown.transactions
        )
        with sqlite3.connect(path) as connection:
            connection.execute(f"PRAGMA cache_size=-{SQLITE_LOAD_CACHE_KB}")
            connection.execute("PRAGMA synchronous=OFF")
            connection.executemany(f"INSERT INTO transactions ({names}) VALUES ({places})", rows)
        connection.close()
        return
    raw = engine.raw_connection()
    try:
        with raw.cursor().copy(f"COPY transactions ({names}) FROM STDIN") as copy:
            for row in grown.transactions:
                copy.write_row(row)
        raw.commit()
    finally:
        raw.close()


def _settle(settings: Settings) -> None:
    """Do at once what PostgreSQL's autovacuum would do within some minutes."""
    engine = build_transaction_engine(settings, read_only=False)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()
