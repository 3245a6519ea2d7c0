"""A place for log batches that a test opens, shuts, and lets hang."""

import json
import threading
from typing import Any

from narutalk.telemetry.log_shipping import NotDelivered

WAIT_SECONDS = 10


class ScriptedSink:
    """Takes batches, refuses them, or holds them, as the test says.

    Attributes:
        batches: What arrived.
        attempts: The ids of all batches that were sent, each as often as it was.
        refusing: Whether nothing gets in.
        loses_answers: How many batches arrive without the sender being told.
        rejects: How many records of each batch are malformed.
        error: Raised instead of taking a batch.
    """

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.attempts: list[str] = []
        self.refusing = False
        self.loses_answers = 0
        self.rejects = 0
        self.error: Exception | None = None
        self.closed = threading.Event()
        self._free = threading.Event()
        self._free.set()
        self._changed = threading.Condition()

    def deliver(self, body: bytes) -> int:
        batch = json.loads(body)
        with self._changed:
            self.attempts.append(batch["batch_id"])
            self._changed.notify_all()
        self._free.wait(WAIT_SECONDS)
        if self.error:
            raise self.error
        if self.refusing:
            raise NotDelivered("refused")
        with self._changed:
            self.batches.append(batch)
            self._changed.notify_all()
        if self.loses_answers:
            self.loses_answers -= 1
            raise NotDelivered("no answer")
        return self.rejects

    def close(self) -> None:
        self.closed.set()

    def hang(self) -> None:
        self._free.clear()

    def go_on(self) -> None:
        self._free.set()

    @property
    def records(self) -> list[dict[str, Any]]:
        """All that arrived, in order; a batch that came twice counts once."""
        by_id = {batch["batch_id"]: batch["records"] for batch in self.batches}
        return [record for records in by_id.values() for record in records]

    def wait_for_attempts(self, count: int) -> None:
        self.wait_until(lambda: len(self.attempts) >= count)

    def wait_for_records(self, count: int) -> None:
        self.wait_until(lambda: len(self.records) >= count)

    def wait_until(self, condition: Any) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_SECONDS), "the sink never got there"
