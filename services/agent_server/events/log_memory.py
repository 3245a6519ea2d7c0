"""Keeps the event logs of a process within one bound, whatever their number."""

from collections.abc import Iterable
from typing import Protocol
from weakref import WeakSet

MAX_ALL_LOGS_BYTES = 128 * 1024 * 1024
_CHECK_EVERY_BYTES = 1024 * 1024


class Shrinkable(Protocol):
    """A log that can forget its oldest events."""

    size_bytes: int

    def shrink(self, to_bytes: int) -> None:
        """Drop the oldest events until the log is no larger."""


class LogMemory:
    """Counts what all logs hold, for each megabyte added, and halves the largest ones when it is too much.

    Logs need not be taken out: one that nobody holds any more is not counted.

    Args:
        max_bytes: What all logs together may hold, give or take a megabyte.
    """

    def __init__(self, *, max_bytes: int = MAX_ALL_LOGS_BYTES) -> None:
        self._max_bytes = max_bytes
        self._logs: WeakSet[Shrinkable] = WeakSet()
        self._unchecked_bytes = 0

    def watch(self, log: Shrinkable) -> None:
        """Count a log from now on."""
        self._logs.add(log)

    def added(self, size_bytes: int) -> None:
        """Note that a log has grown; the largest logs may be cut by this."""
        self._unchecked_bytes += size_bytes
        if self._unchecked_bytes < min(_CHECK_EVERY_BYTES, self._max_bytes):
            return
        self._unchecked_bytes = 0
        logs = sorted(self._logs, key=lambda log: log.size_bytes, reverse=True)
        self._cut(logs, sum(log.size_bytes for log in logs) - self._max_bytes)

    def _cut(self, largest_first: Iterable[Shrinkable], excess_bytes: int) -> None:
        for log in largest_first:
            if excess_bytes <= 0:
                return
            before = log.size_bytes
            log.shrink(before // 2)
            excess_bytes -= before - log.size_bytes
