"""Tells those who keep names in memory that an import brought new data."""

import time
from collections.abc import Callable
from threading import Lock

from sqlalchemy import Engine, func, select

from tools.imports.record import ImportRecord

CHECK_SECONDS = 1.0


class DataVersion:
    """A number that is another one after an import; asked of the database at most once a second.

    Args:
        tables: Engines with their record of imports.
        monotonic: Seconds that only grow; replaced in tests.
    """

    def __init__(
        self, *tables: tuple[Engine, type[ImportRecord]], monotonic: Callable[[], float] = time.monotonic
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
                self._version = tuple(_newest(engine, record) for engine, record in self._tables)
                self._asked_at = now
            return self._version


def _newest(engine: Engine, record: type[ImportRecord]) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.max(record.id))).scalar() or 0
