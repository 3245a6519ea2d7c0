"""Tells a database that does not answer from an error in what it was asked."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

DATABASE_ERRORS: tuple[type[Exception], ...] = (DBAPIError, PoolTimeoutError, psycopg.Error)
"""What SQLAlchemy, psycopg and their pools raise; `is_outage` says which of them are outages."""

OUTAGE_STATES = ("08", "57P", "53", "40")
"""Classes of PostgreSQL's error codes: connection, shutdown, resources, a deadlock or a conflict."""

SQLITE_OUTAGES = ("database is locked", "unable to open database file", "disk I/O error")

_MAX_CAUSES = 20


def is_outage(error: BaseException) -> bool:
    """Whether an error, or one of a group of them, is a database that did not answer."""
    left = [error]
    for _ in range(_MAX_CAUSES):
        if not left:
            return False
        one = left.pop()
        if isinstance(one, BaseExceptionGroup):
            left.extend(one.exceptions)
        elif _is_outage(one):
            return True
    return False


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and _is_outage(error.orig))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):  # its pool's errors too
        return error.sqlstate is None or error.sqlstate.startswith(OUTAGE_STATES)
    if isinstance(error, sqlite3.OperationalError):
        return any(text in str(error) for text in SQLITE_OUTAGES)
    return False
