"""Sends every log record of a process to where all are kept, in the background.

Who logs renders the record and puts it into a bounded queue; nothing else of it happens in a request. A
daemon thread sends batches, and sends one again until it has arrived. Nothing that this thread logs is sent.
"""

import asyncio
import atexit
import logging
import threading
from collections.abc import Iterator
from typing import Protocol

import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
    wait_random_exponential,
)

from narutalk.telemetry.log_queue import Batch, DropReason, LogQueue
from narutalk.telemetry.log_wire import render_record
from narutalk.telemetry.logs import log_formatter

logger = structlog.get_logger(__name__)

FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 5.0
CLOSE_SECONDS = 1.0


class NotDelivered(Exception):
    """A batch did not arrive, or nobody knows whether it did; it is to be sent again."""


class Sink(Protocol):
    """Where batches go."""

    def deliver(self, body: bytes) -> int:
        """Store a batch, in the JSON of ``POST /ingest/logs``; return how many records were refused.

        Raises:
            NotDelivered: Send the same again, later.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class LogShipper:
    """Owns the queue and the thread that sends.

    Args:
        service: Of this process.
        instance: Its name among the service's instances.
        sink: Used by the thread only.
        queue: Bounds what waits.
        first_backoff_seconds: The widest first pause after a failure; the pauses are random, and grow.
    """

    def __init__(
        self,
        *,
        service: str,
        instance: str,
        sink: Sink,
        queue: LogQueue | None = None,
        first_backoff_seconds: float = FIRST_BACKOFF_SECONDS,
    ) -> None:
        self.service = service
        self.instance = instance
        self.queue = LogQueue() if queue is None else queue
        self.shipped = 0
        self._sink = sink
        self._in_flight = 0
        self._failing = False
        self._closing = threading.Event()
        self._retrying = Retrying(
            retry=retry_if_exception_type(NotDelivered),
            wait=wait_random_exponential(multiplier=first_backoff_seconds, max=MAX_BACKOFF_SECONDS),
            sleep=sleep_using_event(self._closing),
            stop=stop_when_event_set(self._closing),
            before_sleep=self._tell_of_failure,
            reraise=True,
        )
        self._handler = ShippingHandler(self)
        self.thread = threading.Thread(target=self._run, name="log-shipper", daemon=True)

    def start(self) -> None:
        """Send from now on what is logged in this process."""
        self.thread.start()
        logging.getLogger().addHandler(self._handler)

    def close(self, timeout_seconds: float = CLOSE_SECONDS) -> None:
        """Send what waits, for as long as the timeout; then give up, whoever hangs. May be called again."""
        if self._closing.is_set():
            return
        logging.getLogger().removeHandler(self._handler)
        self._closing.set()
        self.queue.close()
        self.thread.join(timeout_seconds)
        left = self.queue.clear() + self._in_flight
        if left:
            self.queue.drop(DropReason.SHUTDOWN, left)
            logger.warning("log records were not delivered", count=left)

    def _run(self) -> None:
        try:
            while batch := self.queue.take():
                self._in_flight = len(batch.records)
                if not self._deliver(batch):
                    return  # closing, and nobody takes them
                self._in_flight = 0
        finally:
            self._sink.close()

    def _deliver(self, batch: Batch) -> bool:
        """Send a batch until it has arrived; False when the shipper closes first."""
        try:
            rejected = self._retrying(self._sink.deliver, batch.body(self.service, self.instance))
        except NotDelivered:
            return False
        except Exception:
            logger.exception("log records could not be sent", count=len(batch.records))
            self.queue.drop(DropReason.FAILED, len(batch.records))
            return True
        if self._failing:
            self._failing = False
            logger.info("logs are delivered again")
        if rejected:
            self.queue.drop(DropReason.REJECTED, rejected)
        self.shipped += len(batch.records) - rejected
        return True

    def _tell_of_failure(self, state: RetryCallState) -> None:
        if self._failing:
            return
        self._failing = True
        reason = str(state.outcome.exception()) if state.outcome else ""
        logger.warning("logs are not delivered", reason=reason)


class ShippingHandler(logging.Handler):
    """Puts each record of the process into the shipper's queue; never waits, and never raises."""

    def __init__(self, shipper: LogShipper) -> None:
        super().__init__()
        self._shipper = shipper
        self.setFormatter(log_formatter(shipper.service, render_record))
        self.addFilter(lambda record: record.thread != shipper.thread.ident)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode()
        except Exception:  # whatever the caller logged does not turn into text: that must not be its problem
            self._shipper.queue.drop(DropReason.UNREADABLE)
            return
        self._shipper.queue.put(line)


class LogShippingMetrics(Collector):
    """What a process's `/metrics` say of its log shipping."""

    def __init__(self, shipper: LogShipper) -> None:
        self._shipper = shipper

    def collect(self) -> Iterator[Metric]:
        service, queue = self._shipper.service, self._shipper.queue
        shipped = CounterMetricFamily(
            "narutalk_logs_shipped", "Log records that were stored by the manager.", labels=["service"]
        )
        shipped.add_metric([service], self._shipper.shipped)
        dropped = CounterMetricFamily(
            "narutalk_logs_dropped",
            "Log records that were not, by reason.",
            labels=["service", "reason"],
        )
        for reason, count in queue.dropped.items():
            dropped.add_metric([service, reason.value], count)
        queued = GaugeMetricFamily("narutalk_logs_queued", "Log records that wait.", labels=["service"])
        queued.add_metric([service], len(queue))
        size = GaugeMetricFamily("narutalk_logs_queued_bytes", "Their bytes.", labels=["service"])
        size.add_metric([service], queue.size_bytes)
        yield from (shipped, dropped, queued, size)


class CloseLogsAtShutdown:
    """Closes the shipper when the app has shut down: a signal may end the process right behind it."""

    def __init__(self, app: ASGIApp, shipper: LogShipper) -> None:
        self._app = app
        self._shipper = shipper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def observe(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await asyncio.to_thread(self._shipper.close)
            await send(message)

        await self._app(scope, receive, observe if scope["type"] == "lifespan" else send)


def start_shipping(service: str, instance: str, sink: Sink) -> LogShipper:
    """Send what this process logs to a sink, until the process ends.

    Args:
        service: The name of the process.
        instance: Its name among the service's instances; empty: the service's.
        sink: Takes the batches.
    """
    shipper = LogShipper(service=service, instance=instance or service, sink=sink)
    shipper.start()
    atexit.register(shipper.close)
    return shipper
