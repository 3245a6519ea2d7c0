"""Databases on the tests' PostgreSQL server."""

import psycopg
from psycopg import sql


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
