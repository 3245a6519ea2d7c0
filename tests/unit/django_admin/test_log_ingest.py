"""What the processes send is stored, once, and old records go."""

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from django_admin.monitoring.log_ingest import MAX_BODY_BYTES
from django_admin.monitoring.log_models import LogBatch, LogLevel, LogRecord
from django_admin.monitoring.log_retention import do_prune_logs
from django_admin.monitoring.log_sink import DatabaseSink
from narutalk.telemetry.log_queue import LogQueue
from narutalk.telemetry.log_shipping import LogShipper, NotDelivered
from tests.fakes.manager import Manager
from tests.unit.django_admin.log_batches import batch, record, send
from tests.unit.django_admin.streams import error_code


@pytest.fixture
def process(manager: Manager) -> Iterator[httpx.Client]:
    with manager.client() as client:
        yield client


def test_a_batch_is_stored_with_all_its_fields(process: httpx.Client) -> None:
    ids = {name: f"{name}-1" for name in ("request_id", "conversation_id", "message_id", "run_id")}
    sent = record("tool failed", level="error", exception="Traceback …", data={"took": {"ms": 3}}, **ids)

    response = send(process, batch(sent, instance="document-2"))

    assert (response.status_code, response.json()) == (200, {"stored": 1, "duplicate": False})
    stored = LogRecord.objects.get()
    assert stored.timestamp.isoformat() == sent["timestamp"]
    assert abs(stored.received_at - timezone.now()) < timedelta(minutes=1)
    assert (stored.service, stored.instance, stored.level) == ("document", "document-2", LogLevel.ERROR)
    for field in ("event", "exception", "data", "logger", *ids):
        assert getattr(stored, field) == sent[field]


def test_the_same_batch_again_stores_nothing(process: httpx.Client) -> None:
    body = batch(record("a"), record("b"))

    answers = [send(process, body).json() for _ in range(3)]

    assert answers == [{"stored": 2, "duplicate": False}, *[{"stored": 0, "duplicate": True}] * 2]
    assert LogRecord.objects.count() == 2
    other = {**body, "instance": "document-2"}
    assert send(process, other).json()["stored"] == 2, "another instance's batch is another batch"


def test_what_was_lost_is_seen_among_the_records(process: httpx.Client) -> None:
    send(process, batch(record("a"), dropped={"overflow": 40, "rejected": 2}))

    lost = LogRecord.objects.get(event="log records were lost")
    assert lost.data == {"count": 42, "overflow": 40, "rejected": 2}
    assert lost.level == LogLevel.WARNING
    assert LogBatch.objects.get().dropped == 42


@pytest.mark.parametrize("key", ["wrong", "키"])
def test_only_with_the_ingest_key(process: httpx.Client, client: httpx.Client, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}".encode()}
    for caller in (process, client):
        response = caller.post("/ingest/logs", json=batch(record()), headers=headers)  # type: ignore[arg-type]
        assert (response.status_code, error_code(response)) == (401, "unauthenticated")
    assert not LogRecord.objects.exists()


def test_a_batch_is_bounded(process: httpx.Client) -> None:
    response = send(process, b" " * (MAX_BODY_BYTES + 1))

    assert (response.status_code, error_code(response)) == (413, "too_large")


def test_a_batch_without_a_length_is_bounded_too(process: httpx.Client) -> None:
    key = {"Authorization": "Bearer x"}
    assert process.post("/ingest/logs", content=iter([b"{}"]), headers=key).status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        (b'{"batch_id": NaN}', "invalid_json"),
        (b"[]", "invalid_input"),
        (json.dumps(batch(records="x")).encode(), "invalid_input"),
        (json.dumps(batch(batch_id="x")).encode(), "invalid_input"),
        (json.dumps(batch(*[record()] * 1001)).encode(), "invalid_input"),
    ],
)
def test_a_malformed_batch_is_refused(process: httpx.Client, body: bytes, code: str) -> None:
    response = send(process, body)

    assert (response.status_code, error_code(response)) == (422, code)


def test_the_good_records_of_a_batch_are_kept(process: httpx.Client) -> None:
    bad: list[Any] = [
        record(level="loud"),
        record(timestamp="2026-11-16 12:00"),
        record(timestamp="0001-01-01T00:00:00+14:00"),
        "text",
        record(data=[]),
    ]

    response = send(process, batch(record("good"), *bad, record("good too")))

    assert (response.status_code, error_code(response)) == (422, "records_invalid")
    details = response.json()["error"]["details"]
    assert [item["index"] for item in details["rejected"]] == [1, 2, 3, 4, 5]
    assert "level" in details["rejected"][0]["problem"]
    assert details["stored"] == 2
    assert set(LogRecord.objects.values_list("event", flat=True)) == {"good", "good too"}


def test_no_nul_reaches_the_database(process: httpx.Client) -> None:
    send(process, batch(record("a\x00b\\u0000", data={"k\x00": ["\x00"]})))

    stored = LogRecord.objects.get()
    assert (stored.event, stored.data) == ("ab\\u0000", {"k": [""]})


def test_the_manager_stores_its_own_and_its_own_thread_says_nothing(manager: Manager) -> None:
    class Talking(DatabaseSink):
        def deliver(self, body: bytes) -> int:
            logging.getLogger("django.db.backends").error("of the shipper's own SQL")
            return super().deliver(body)

    shipper = LogShipper(
        service="manager", instance="manager", sink=Talking(), queue=LogQueue(linger_seconds=0)
    )
    shipper.start()
    deadline = time.monotonic() + 10
    for count in (1, 2):
        logging.getLogger("tests").error("of the manager")
        while LogRecord.objects.count() < count and time.monotonic() < deadline:
            pass
    shipper.close(10)
    shipper.thread.join(10)

    assert list(LogRecord.objects.values_list("event", flat=True)) == ["of the manager"] * 2


def test_a_database_that_fails_is_asked_again(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise DatabaseError("locked")

    body = json.dumps(batch(record("a"))).encode()
    with monkeypatch.context() as patch:
        patch.setattr("django_admin.monitoring.log_sink.do_store_batch", broken)
        with pytest.raises(NotDelivered, match="locked"):
            DatabaseSink().deliver(body)
    assert DatabaseSink().deliver(body) == 0
    assert LogRecord.objects.count() == 1


def test_old_records_are_deleted_in_chunks(process: httpx.Client) -> None:
    for number in range(4):
        send(process, batch(record(f"old {number}"), record(f"old too {number}")))
    LogRecord.objects.update(received_at=timezone.now() - timedelta(days=15))
    LogBatch.objects.update(received_at=timezone.now() - timedelta(days=15))
    for days, dropped in ((2, 0), (2, 7)):
        send(process, batch(batch_id=f"after-{days}-{dropped}", dropped={"overflow": dropped}))
    LogBatch.objects.filter(batch_id__startswith="after").update(
        received_at=timezone.now() - timedelta(days=2)
    )
    LogRecord.objects.filter(event="log records were lost").delete()
    send(process, batch(record("of a wrong clock", ago=timedelta(days=400))))

    deleted = do_prune_logs(before=timezone.now() - timedelta(days=14), chunk=3)

    assert deleted == 8
    assert list(LogRecord.objects.values_list("event", flat=True)) == ["of a wrong clock"]
    assert sorted(LogBatch.objects.values_list("dropped", flat=True)) == [0, 7]
    assert do_prune_logs(before=timezone.now() - timedelta(days=14)) == 0


def test_the_search_has_its_indexes(manager: Manager) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, LogRecord._meta.db_table)
    indexed = {tuple(index["columns"][:2]) for index in found.values() if index["index"]}
    assert {
        ("timestamp", "id"),
        ("service", "timestamp"),
        ("level", "timestamp"),
        ("request_id", "timestamp"),
    } <= indexed
