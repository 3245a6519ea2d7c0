"""Logs are shipped in the background: who logs never notices how the manager does, and loss is counted."""

import json
import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest
import structlog
from asgi_correlation_id import correlation_id
from prometheus_client import CollectorRegistry, generate_latest

from narutalk.settings import Settings
from narutalk.telemetry.log_manager_sink import ManagerSink, ship_logs
from narutalk.telemetry.log_queue import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, DropReason, LogQueue
from narutalk.telemetry.log_shipping import (
    CloseLogsAtShutdown,
    LogShipper,
    LogShippingMetrics,
    NotDelivered,
    ShippingHandler,
)
from narutalk.telemetry.log_wire import MAX_RECORD_BYTES
from tests.unit.narutalk.telemetry.log_sinks import ScriptedSink

log = logging.getLogger("tests.shipping")
TRACING = ("langsmith", "narutalk.telemetry.tracing")


@contextmanager
def shipping(sink: Any, **bounds: Any) -> Iterator[LogShipper]:
    """Ship everything logged inside of the block; nothing lingers, and pauses are short.

    The threads of earlier tests' tracing clients log at any time: they are left out.
    """
    queue = LogQueue(**{"linger_seconds": 0, **bounds})
    shipper = LogShipper(
        service="document", instance="document-2", sink=sink, queue=queue, first_backoff_seconds=0.001
    )
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    shipper.start()
    (handler,) = [found for found in root.handlers if isinstance(found, ShippingHandler)]
    handler.addFilter(lambda record: not record.name.startswith(TRACING))
    try:
        yield shipper
    finally:
        root.setLevel(level)
        if isinstance(sink, ScriptedSink):
            sink.refusing = False
            sink.go_on()
        shipper.close()
        shipper.thread.join(5)
        assert not shipper.thread.is_alive()


@pytest.fixture
def sink() -> ScriptedSink:
    return ScriptedSink()


def test_a_record_arrives_with_the_fields_of_its_line(sink: ScriptedSink) -> None:
    token = correlation_id.set("request-1")
    try:
        with shipping(sink), structlog.contextvars.bound_contextvars(run_id="run-1", conversation_id="c-1"):
            try:
                raise ValueError("no such month")
            except ValueError:
                log.exception("tool failed", extra={"tool": "sales", "took": {"ms": 3}})
            sink.wait_for_records(1)
    finally:
        correlation_id.reset(token)

    (record,) = sink.records
    assert (sink.batches[0]["service"], sink.batches[0]["instance"]) == ("document", "document-2")
    assert record.pop("timestamp").endswith("Z")
    record["data"].pop("message", None)  # pytest's own handler leaves it on the record
    assert record.pop("exception").endswith("ValueError: no such month")
    assert record == {
        "level": "error",
        "logger": "tests.shipping",
        "event": "tool failed",
        "request_id": "request-1",
        "run_id": "run-1",
        "conversation_id": "c-1",
        "data": {"tool": "sales", "took": {"ms": 3}},
    }


def test_batches_are_bounded_in_number_and_bytes(sink: ScriptedSink) -> None:
    sink.hang()
    with shipping(sink):
        log.info("first")
        sink.wait_for_attempts(1)
        for number in range(MAX_BATCH_RECORDS + 1):
            log.info("small", extra={"number": number})
        for number in range(600):
            log.info("x" * 3_000, extra={"number": number})
        sink.go_on()
        sink.wait_for_records(1 + MAX_BATCH_RECORDS + 1 + 600)

    assert max(len(batch["records"]) for batch in sink.batches) == MAX_BATCH_RECORDS
    assert max(len(json.dumps(batch["records"])) for batch in sink.batches) < MAX_BATCH_BYTES * 1.1
    assert len(sink.batches) >= 2 + 600 * 3_000 // MAX_BATCH_BYTES
    numbers = [record["data"]["number"] for record in sink.records if "number" in record["data"]]
    assert numbers == [*range(MAX_BATCH_RECORDS + 1), *range(600)]


def _refuse(sink: ScriptedSink) -> None:
    sink.refusing = True


@pytest.mark.parametrize("fail", [_refuse, ScriptedSink.hang], ids=["refuses", "hangs"])
def test_a_dead_manager_blocks_nobody_and_its_loss_is_counted_exactly(
    sink: ScriptedSink, fail: Callable[[ScriptedSink], None]
) -> None:
    fail(sink)
    with shipping(sink, max_records=1_000, max_bytes=100_000) as shipper:
        log.info("in flight")
        sink.wait_for_attempts(1)
        longest = 0.0
        for number in range(5_000):
            started = time.perf_counter()
            log.info("while it is down", extra={"number": number})
            longest = max(longest, time.perf_counter() - started)
            assert shipper.queue.size_bytes <= 100_000
            assert len(shipper.queue) <= 1_000
        waiting = len(shipper.queue)
        assert shipper.queue.dropped[DropReason.OVERFLOW] == 5_000 - waiting
        assert longest < 1, "somebody waited"

        sink.refusing = False
        sink.go_on()
        sink.wait_for_records(1 + waiting)
        log.info("after")
        sink.wait_for_records(1 + waiting + 1)

    events = [record["data"].get("number") for record in sink.records]
    assert events == [None, *range(5_000 - waiting, 5_000), None], "the newest are kept, in order"
    told = [batch["dropped"] for batch in sink.batches]
    assert sum(sum(dropped.values()) for dropped in told) == 5_000 - waiting
    assert shipper.shipped == 1 + waiting + 1


def test_many_threads_log_without_a_loss(sink: ScriptedSink) -> None:
    def work(name: str) -> None:
        for number in range(500):
            log.info(name, extra={"number": number})

    with shipping(sink):
        threads = [Thread(target=work, args=(f"t{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sink.wait_for_records(8 * 500)

    for number in range(8):
        own = [record["data"]["number"] for record in sink.records if record["event"] == f"t{number}"]
        assert own == list(range(500))


def test_a_batch_is_sent_again_under_the_same_id_until_it_is_answered(sink: ScriptedSink) -> None:
    sink.loses_answers = 3
    with shipping(sink):
        log.info("once")
        sink.wait_for_attempts(4)
        log.info("then")
        sink.wait_for_records(2)

    assert len(set(sink.attempts[:4])) == 1
    assert [record["event"] for record in sink.records] == ["once", "then"]


def test_nothing_that_the_shipper_logs_is_shipped(sink: ScriptedSink) -> None:
    class Talking(ScriptedSink):
        def deliver(self, body: bytes) -> int:
            logging.getLogger("httpx").warning("I am sending")
            return super().deliver(body)

    talking = Talking()
    with shipping(talking):
        logging.getLogger("httpx").warning("somebody else's request")
        talking.wait_for_records(1)
        talking.refusing = True
        log.info("two")
        talking.wait_for_attempts(5)
        talking.refusing = False
        talking.wait_for_records(2)

    assert [record["event"] for record in talking.records] == ["somebody else's request", "two"]


def test_what_the_manager_refuses_and_what_breaks_is_counted(sink: ScriptedSink) -> None:
    class Unreadable:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with shipping(sink) as shipper:
        sink.rejects = 1
        log.info("refused")
        sink.wait_for_records(1)
        log.info("unreadable", extra={"what": Unreadable()})
        sink.rejects, sink.error = 0, KeyError("a bug")
        log.info("breaks the sink")
        sink.wait_for_attempts(2)
        sink.error = None
        log.info("fine")
        sink.wait_for_records(2)

    dropped = {reason.value: count for reason, count in shipper.queue.dropped.items() if count}
    assert dropped == {"rejected": 1, "unreadable": 1, "failed": 1}
    registry = CollectorRegistry()
    registry.register(LogShippingMetrics(shipper))
    text = generate_latest(registry).decode()
    assert 'narutalk_logs_dropped_total{reason="failed",service="document"} 1.0' in text
    assert 'narutalk_logs_dropped_total{reason="overflow",service="document"} 0.0' in text
    assert 'narutalk_logs_shipped_total{service="document"} 1.0' in text


def test_closing_sends_what_waits(sink: ScriptedSink) -> None:
    with shipping(sink, linger_seconds=60) as shipper:
        for number in range(MAX_BATCH_RECORDS - 1):
            log.info("last words", extra={"number": number})
        shipper.close()
        log.info("too late")

        assert len(sink.records) == MAX_BATCH_RECORDS - 1
        assert sink.closed.is_set()


@pytest.mark.parametrize("fail", [_refuse, ScriptedSink.hang], ids=["refuses", "hangs"])
def test_closing_gives_up_soon_and_counts_what_is_left(
    sink: ScriptedSink, fail: Callable[[ScriptedSink], None]
) -> None:
    fail(sink)
    with shipping(sink) as shipper:
        log.info("in flight")
        sink.wait_for_attempts(1)
        log.info("waits")
        started = time.monotonic()
        shipper.close(0.2)
        assert time.monotonic() - started < 1

        assert shipper.queue.dropped[DropReason.SHUTDOWN] == 2


async def test_the_app_ends_when_the_last_logs_are_gone(sink: ScriptedSink) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        log.info("good bye")
        await send({"type": "lifespan.shutdown.complete"})

    arrived: list[int] = []

    async def send(_message: Any) -> None:
        arrived.append(len(sink.records))

    with shipping(sink, linger_seconds=60) as shipper:
        await CloseLogsAtShutdown(app, shipper)({"type": "lifespan"}, None, send)  # type: ignore[arg-type]

    assert arrived == [1]


def test_long_records_are_cut_with_a_mark(sink: ScriptedSink) -> None:
    with shipping(sink):
        try:
            raise RuntimeError("start " + "e" * 100_000 + " end")
        except RuntimeError:
            log.exception("m" * 10_000, extra={"body": "b" * 50_000, "rows": list(range(50_000))})
        log.info("many", extra={f"field{number}": "\x00" * 1_500 for number in range(200)})
        sink.wait_for_records(2)

    long, many = sink.records
    assert len(json.dumps(long)) < MAX_RECORD_BYTES
    assert "96000 characters left out" not in long["event"]
    assert "6000 characters left out" in long["event"]
    assert long["exception"].endswith(" end")
    assert long["exception"].startswith("Traceback")
    assert "characters left out" in long["exception"]
    assert "48000 characters left out" in long["data"]["body"]
    assert "characters left out" in long["data"]["rows"]
    assert many["data"]["left_out"] > 100
    assert len(json.dumps(many)) <= MAX_RECORD_BYTES


def test_a_process_ends_quickly_while_the_manager_hangs(settings: Settings) -> None:
    program = f"""
import socket, logging
from narutalk.settings import load_settings
from narutalk.telemetry.logs import configure_logging
from narutalk.telemetry.log_manager_sink import ship_logs
hanging = socket.create_server(("127.0.0.1", 0))
url = f"http://127.0.0.1:{{hanging.getsockname()[1]}}"
settings = load_settings(data_dir={str(settings.data_dir)!r}, manager_urls=url, _env_file=None)
configure_logging("document")
assert ship_logs("document", settings)
logging.getLogger("x").info("hello")
hanging.accept()
import time; print(time.monotonic())
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )

    assert time.monotonic() - float(result.stdout) < 3
    assert "log records were not delivered" in result.stderr


def test_nothing_is_shipped_where_it_is_not_wanted_or_there_is_no_key(settings: Settings) -> None:
    assert ship_logs("document", settings.model_copy(update={"ship_logs": False})) is None
    empty = settings.data_dir / "empty"
    assert ship_logs("document", settings.model_copy(update={"data_dir": empty})) is None


@pytest.mark.parametrize(
    ("status", "answer", "rejected"),
    [
        (200, {"stored": 2}, 0),
        (413, {"error": {}}, 2),
        (400, {"error": {}}, 2),
        (422, {"error": {"details": {"rejected": [{"index": 1, "problem": "no level"}]}}}, 1),
        (422, {"error": {"code": "invalid_input", "details": {"problem": "batch_id"}}}, 2),
    ],
)
def test_what_the_manager_answers(status: int, answer: dict[str, Any], rejected: int) -> None:
    seen: list[httpx.Request] = []

    def manager(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=answer)

    sink = ManagerSink(("http://a",), "the key", transport=httpx.MockTransport(manager))
    assert sink.deliver(b'{"records":[{},{}]}') == rejected
    assert str(seen[0].url) == "http://a/ingest/logs"
    assert seen[0].headers["Authorization"] == "Bearer the key"
    sink.close()


def test_after_a_failure_the_next_instance_of_the_manager_is_asked() -> None:
    hosts: list[str] = []

    def manager(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        if request.url.host == "b":
            return httpx.Response(200)
        if len(hosts) > 2:
            return httpx.Response(503)
        raise httpx.ConnectError("refused")

    sink = ManagerSink(("http://a", "http://b"), "k", transport=httpx.MockTransport(manager))
    for expected in (False, True, True):
        try:
            sink.deliver(b"{}")
        except NotDelivered:
            assert not expected, traceback.format_exc()
        else:
            assert expected
    assert hosts == ["a", "b", "b"]
    sink.close()
