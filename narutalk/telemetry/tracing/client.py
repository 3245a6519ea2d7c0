"""The LangSmith SDK's client, held to our limits: memory, time at the end, and what may leave."""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import Any

import requests
import structlog
from langsmith import Client
from urllib3.util.retry import Retry

from narutalk.telemetry.tracing.destinations import Destination
from narutalk.telemetry.tracing.redaction import Redactor

CONNECT_TIMEOUT_MS = 1_000
READ_TIMEOUT_MS = 3_000
FLUSH_TIMEOUT_SECONDS = 1.0
FAILURES_BETWEEN_WARNINGS_SECONDS = 60.0

# Of what LangChain puts beside a run: its model's parameters repeat every tool's schema in every run.
EXTRA_FIELDS = frozenset({"metadata", "runtime"})
# Metadata that says nothing about the turn, or much that the inputs say already.
DULL_METADATA = frozenset(
    {
        "offline",
        "lc_versions",
        "checkpoint_ns",
        "langgraph_auth_user_id",
        "langgraph_checkpoint_ns",
        "langgraph_path",
        "langgraph_triggers",
        "langgraph_version",
    }
)

logger = structlog.get_logger(__name__)


class TracingClient(Client):
    """Sends runs to one destination, and hands them to the clients of the others.

    Each destination has a queue and a thread of its own, so that one that hangs does not hold up another.
    When a queue is full, runs are dropped.

    Args:
        destination: Where to.
        redactor: Applied to all that is sent.
        others: Get every run too.
    """

    def __init__(
        self, destination: Destination, redactor: Redactor, others: "Sequence[TracingClient]" = ()
    ) -> None:
        self._redactor = redactor
        self._others = others
        self._failures = _Failures(destination.name)
        session = requests.Session()
        session.trust_env = destination.name != "sink"  # a proxy is for what lies outside
        super().__init__(
            api_urls={destination.url: destination.key.get_secret_value()},
            info=destination.info,
            anonymizer=redactor,
            omit_traced_runtime_info=True,
            disable_prompt_cache=True,
            retry_config=Retry(total=0),
            timeout_ms=(CONNECT_TIMEOUT_MS, READ_TIMEOUT_MS),
            tracing_mode="langsmith",
            tracing_sampling_rate=1.0,
            tracing_error_callback=self._failures.note,
            session=session,
        )

    def create_run(self, name: str, inputs: dict[str, Any], run_type: Any, **kwargs: Any) -> None:
        """Queue a run that has begun; see `Client.create_run`."""
        super().create_run(self._redactor.text(name), inputs, run_type, **self._bounded(kwargs))
        if self.tracing_queue is not None and self.tracing_queue.full():
            self._failures.note(queue.Full())
        for other in self._others:
            other.create_run(name, inputs, run_type, **kwargs)

    def update_run(self, run_id: Any, **kwargs: Any) -> None:
        """Queue the end of a run; see `Client.update_run`."""
        super().update_run(run_id, **self._bounded(kwargs))
        for other in self._others:
            other.update_run(run_id, **kwargs)

    def close(self, timeout: float | None = FLUSH_TIMEOUT_SECONDS) -> None:
        """Send what is queued, for at most ``timeout`` seconds over all destinations, and let go."""
        deadline = time.monotonic() + (FLUSH_TIMEOUT_SECONDS if timeout is None else timeout)
        for client in (self, *self._others):
            Client.close(client, timeout=max(0.0, deadline - time.monotonic()))

    def _bounded(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return a run's fields without those that the SDK's anonymizer does not see."""
        kept = {key: value for key, value in given.items() if key not in ("attachments", "serialized")}
        if kept.get("events"):
            kept["events"] = []
        if kept.get("extra"):
            kept["extra"] = _bounded_extra(kept["extra"])
        if kept.get("tags"):
            kept["tags"] = [self._redactor.text(str(tag)) for tag in kept["tags"]]
        if isinstance(kept.get("name"), str):
            kept["name"] = self._redactor.text(kept["name"])
        return kept


def _bounded_extra(given: dict[str, Any]) -> dict[str, Any]:
    extra = {key: value for key, value in given.items() if key in EXTRA_FIELDS}
    metadata = extra.get("metadata") or {}
    extra["metadata"] = {key: value for key, value in metadata.items() if key not in DULL_METADATA}
    return extra


class _Failures:
    """Says now and then that traces get lost: batches not taken, or runs that the queue had no room for."""

    def __init__(self, destination: str) -> None:
        self._destination = destination
        self._lock = threading.Lock()  # guards the two below: the SDK calls from its threads
        self._count = 0
        self._said_at = -FAILURES_BETWEEN_WARNINGS_SECONDS

    def note(self, error: Exception) -> None:
        with self._lock:
            self._count += 1
            now = time.monotonic()
            if now - self._said_at < FAILURES_BETWEEN_WARNINGS_SECONDS:
                return
            self._said_at = now
            count, self._count = self._count, 0
        logger.warning(
            "traces were lost", destination=self._destination, times=count, error=type(error).__name__
        )


def build_client(destinations: Sequence[Destination], redactor: Redactor) -> TracingClient:
    """Return the client that sends to all destinations, of which there is at least one."""
    # What it logs of a failure holds the ends of the key; `_Failures` says it.
    logging.getLogger("langsmith").setLevel(logging.CRITICAL)
    first, *rest = destinations
    return TracingClient(first, redactor, [TracingClient(other, redactor) for other in rest])
