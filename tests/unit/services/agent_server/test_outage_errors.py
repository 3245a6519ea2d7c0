"""Which errors mean that a database does not answer."""

import sqlite3

import psycopg
import pytest
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.agent_server.storage.outages import is_outage


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("connection refused"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.DeadlockDetected("deadlock"),
        psycopg.InterfaceError("the connection is closed"),
        PoolTimeout("no connection in 30 seconds"),
        PoolTimeoutError("QueuePool limit"),
        OperationalError("SELECT 1", {}, psycopg.OperationalError("connection refused")),
        DBAPIError("SELECT 1", {}, Exception("closed"), connection_invalidated=True),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")),
        ExceptionGroup("two nodes", [ValueError("one"), psycopg.OperationalError("gone")]),
    ],
)
def test_a_database_that_does_not_answer(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("boom"),
        psycopg.errors.UniqueViolation("twice"),
        psycopg.errors.QueryCanceled("too slow a question"),
        OperationalError("SELECT x", {}, sqlite3.OperationalError("no such column: x")),
        ExceptionGroup("a node", [ValueError("one")]),
    ],
)
def test_an_error_in_what_was_asked(error: Exception) -> None:
    assert not is_outage(error)
