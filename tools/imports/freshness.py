"""Tells those who keep names in memory that an import brought new data."""

import time
from collections.abc import Callable
from threading import Lock

from sqlalchemy import Engine, Table, func, select

CHECK_SECONDS = 1.0


class DataVersion:
    """A number that is another one after an import; asked of the database at most once a second.

    Args:
        tables: Engines with their table of imports.
        monotonic: Seconds that only grow; replaced in tests.
    """

    def __init__(
        self, *tables: tuple[Engine, Table], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._tables = tables
        self._monotonic = monotonic
        self._lock = Lock()  # guards the two below, so that one thread asks while the others wait
        self._version: tuple[int, ...] = ()
        self._asked_at = float("-inf")

    def __call__(self) -> tuple[int, ...]:
        """Return the version, at most `CHECK_SECONDS` old."""
        with self._lock:
            now = self._monotonic()
            if now - self._asked_at >= CHECK_SECONDS:
                self._version = tuple(_newest(engine, table) for engine, table in self._tables)
                self._asked_at = now
            return self._version


def _newest(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.max(table.c.id))).scalar() or 0
