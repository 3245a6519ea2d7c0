"""Rendered log records that wait to be sent: bounded in number and bytes; who logs never waits."""

from collections import Counter, deque
from enum import StrEnum
from threading import Condition
from typing import NamedTuple
from uuid import uuid4

import orjson

from narutalk.telemetry.redaction import redact

MAX_QUEUED_RECORDS = 10_000
MAX_QUEUED_BYTES = 8 * 1024 * 1024
MAX_BATCH_RECORDS = 500
MAX_BATCH_BYTES = 512 * 1024
LINGER_SECONDS = 1.0


class DropReason(StrEnum):
    """Why a record never reached the manager.

    OVERFLOW: The queue was full, and it was the oldest in it.
    REJECTED: The manager refused it as malformed or too large.
    UNREADABLE: It could not be rendered.
    FAILED: Sending it raised an error that nobody knew.
    SHUTDOWN: The process ended before it was sent.
    """

    OVERFLOW = "overflow"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    FAILED = "failed"
    SHUTDOWN = "shutdown"


class Batch(NamedTuple):
    """Records that are sent together, and sent again under the same id until they have arrived.

    Attributes:
        batch_id: By which the manager knows that it has them already.
        records: Each as JSON.
        dropped: What was lost since the batch before, by reason.
    """

    batch_id: str
    records: tuple[bytes, ...]
    dropped: dict[str, int]

    def body(self, service: str, instance: str) -> bytes:
        """Return the JSON body of ``POST /ingest/logs``, without secrets."""
        head = {
            "batch_id": self.batch_id,
            "service": service,
            "instance": instance,
            "dropped": self.dropped,
        }
        return orjson.dumps(head)[:-1] + b',"records":[' + b",".join(map(_redacted, self.records)) + b"]}"


class LogQueue:
    """Takes records from any thread and gives them out in batches to one.

    A full queue drops its oldest records: what is newest says most about what is wrong now, and the process's
    own log file has them all. Every loss is counted.

    Args:
        max_records: In the queue.
        max_bytes: In the queue.
        linger_seconds: How long a batch waits to become full.
    """

    def __init__(
        self,
        *,
        max_records: int = MAX_QUEUED_RECORDS,
        max_bytes: int = MAX_QUEUED_BYTES,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._linger_seconds = linger_seconds
        self._records: deque[bytes] = deque()
        self._bytes = 0
        self._closed = False
        self._dropped: Counter[DropReason] = Counter()
        self._untold: Counter[DropReason] = Counter()
        # Guards all of the above. Reentrant: a collected object may log while its own thread is in `put`.
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def size_bytes(self) -> int:
        """The bytes of all records that wait."""
        return self._bytes

    @property
    def closed(self) -> bool:
        """Whether nothing is waited for any more."""
        return self._closed

    @property
    def dropped(self) -> dict[DropReason, int]:
        """All losses so far, by reason."""
        with self._changed:
            return {reason: self._dropped[reason] for reason in DropReason}

    def put(self, record: bytes) -> None:
        """Add a record; the oldest make room for it."""
        with self._changed:
            self._records.append(record)
            self._bytes += len(record)
            while len(self._records) > self._max_records or self._bytes > self._max_bytes:
                self._bytes -= len(self._records.popleft())
                self.drop(DropReason.OVERFLOW)
            if len(self._records) == 1 or self._is_batch_full():
                self._changed.notify()

    def drop(self, reason: DropReason, count: int = 1) -> None:
        """Count records as lost."""
        with self._changed:
            self._dropped[reason] += count
            self._untold[reason] += count

    def take(self) -> Batch | None:
        """Wait for records, a little longer for more, and return a batch; None when closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._records or self._closed)
            self._changed.wait_for(lambda: self._is_batch_full() or self._closed, self._linger_seconds)
            if not self._records:
                return None
            records: list[bytes] = []
            size = 0
            while self._records and len(records) < MAX_BATCH_RECORDS:
                size += len(self._records[0])
                if records and size > MAX_BATCH_BYTES:
                    break
                self._bytes -= len(self._records[0])
                records.append(self._records.popleft())
            told = {reason.value: count for reason, count in self._untold.items()}
            self._untold.clear()
            return Batch(uuid4().hex, tuple(records), told)

    def close(self) -> None:
        """Make `take` return at once from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def clear(self) -> int:
        """Drop what waits, and return how much it was; the caller says why."""
        with self._changed:
            count = len(self._records)
            self._records.clear()
            self._bytes = 0
            return count

    def _is_batch_full(self) -> bool:
        return len(self._records) >= MAX_BATCH_RECORDS or self._bytes >= MAX_BATCH_BYTES


def _redacted(record: bytes) -> bytes:
    return redact(record.decode()).encode()
