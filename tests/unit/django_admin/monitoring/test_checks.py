"""A round of checks against real small servers, and what is kept of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.utils import timezone

from django_admin.monitoring.checks import do_check_instances, do_prune, do_record_health
from django_admin.monitoring.health import HealthAnswer, HealthState, ask_health
from django_admin.monitoring.instances import do_register_instances
from django_admin.monitoring.models import HealthSpan, Instance, RequestSample
from narutalk.settings import Settings
from tests.company import free_ports
from tests.fakes.instance import NOT_READY, FakeInstance, metrics_text
from tests.fakes.manager import manager_settings
from tests.fakes.router_server import serve

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
CHECK = timedelta(seconds=15)
GAP = timedelta(seconds=55)
UP = HealthAnswer(HealthState.UP, "", 4.0, {})
DOWN = HealthAnswer(HealthState.DOWN, "timeout", 5000.0, {})


@pytest.fixture
def instance() -> FakeInstance:
    return FakeInstance()


@pytest.fixture
def url(instance: FakeInstance) -> Iterator[str]:
    with serve(instance.application()) as url:
        yield url


@pytest.fixture
def settings_of(url: str) -> Settings:
    """Two document instances, of which the second refuses, and nothing else that answers."""
    first = free_ports(5)
    return manager_settings(port=first, document_urls=f"{url},http://127.0.0.1:{first + 2}")


async def _ask(url: str) -> HealthAnswer:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await ask_health(http, url, timeout_seconds=0.3)


async def test_up(url: str) -> None:
    answer = await _ask(url)

    assert (answer.state, answer.reason, answer.dependencies) == ("up", "", {"database": True})
    assert answer.latency_ms > 0


async def test_live_but_not_ready_is_degraded(instance: FakeInstance, url: str) -> None:
    instance.status, instance.body = 503, NOT_READY

    assert (await _ask(url))[:2] == ("degraded", "not_ready")
    assert (await _ask(url)).dependencies == {"database": False}


@pytest.mark.parametrize("body", [{"detail": "a proxy"}, ["a list"], "text", None])
async def test_an_error_that_is_no_health_answer_is_down(
    instance: FakeInstance, url: str, body: object
) -> None:
    instance.status, instance.body = 502, body

    assert (await _ask(url))[:2] == ("down", "unexpected")


async def test_one_that_hangs_is_down_in_time(instance: FakeInstance, url: str) -> None:
    instance.hangs = True

    answer = await _ask(url)

    assert answer[:2] == ("down", "timeout")
    assert 300 <= answer.latency_ms < 2000


async def test_one_that_refuses_is_down() -> None:
    assert (await _ask(f"http://127.0.0.1:{free_ports(1)}"))[:2] == ("down", "no_connection")


@pytest.mark.parametrize("url", ["nonsense", "http://[::1", "ftp://127.0.0.1"])
async def test_a_wrong_address_is_down(url: str) -> None:
    assert (await _ask(url)).state == HealthState.DOWN


@pytest.mark.django_db
def test_a_round_keeps_what_every_instance_said(instance: FakeInstance, settings_of: Settings) -> None:
    instance.metrics = metrics_text(ok=100, buckets={"0.1": 100})
    do_check_instances(settings_of, NOON)
    instance.metrics = metrics_text(ok=103, errors=1, buckets={"0.1": 103, "+Inf": 104}, quiet=50)

    do_check_instances(settings_of, NOON + CHECK)

    one, two = Instance.objects.filter(service="document").order_by("name")
    assert (one.name, one.state, one.scrape_reason) == ("document-1", "up", "")
    assert (two.name, two.state, two.reason) == ("document-2", "down", "no_connection")
    assert "ConnectError" in two.scrape_reason
    assert one.memory_bytes == 100 * 1024 * 1024
    assert Instance.objects.count() == 6
    minute, hour = one.samples.order_by("resolution_seconds")
    assert (minute.requests, minute.errors, minute.observed_seconds) == (4, 1, 15.0)
    assert (minute.buckets[4], minute.buckets[13]) == (3, 1)
    assert (hour.resolution_seconds, hour.requests, hour.started_at) == (3600, 4, NOON)
    assert not two.samples.exists()
    span = one.spans.get()
    assert (span.state, span.checks, span.started_at, span.ended_at) == ("up", 2, NOON, NOON + CHECK)


@pytest.mark.django_db
def test_samples_add_up_over_a_restart(instance: FakeInstance, settings_of: Settings) -> None:
    texts = [
        metrics_text(ok=5, buckets={"0.1": 5}),
        metrics_text(ok=7, buckets={"0.1": 7}),
        metrics_text(ok=3, errors=2, buckets={"0.1": 5}, started=2000.0),
        metrics_text(ok=4, errors=2, buckets={"0.1": 6}, started=2000.0),
    ]
    for number, text in enumerate(texts):
        instance.metrics = text
        do_check_instances(settings_of, NOON + number * CHECK)

    sample = RequestSample.objects.get(resolution_seconds=60)
    assert (sample.requests, sample.errors, sample.buckets[4]) == (2 + 5 + 1, 2, 8)


@pytest.mark.django_db
def test_metrics_that_cannot_be_had_are_said_to_be_missing(
    instance: FakeInstance, settings_of: Settings
) -> None:
    instance.metrics = None

    do_check_instances(settings_of, NOON)

    assert Instance.objects.get(name="document-1").scrape_reason == "HTTP 403"
    assert "authorization" not in instance.metrics_headers


@pytest.mark.django_db
def test_metrics_are_asked_for_with_the_ingest_key(instance: FakeInstance, settings_of: Settings) -> None:
    do_check_instances(settings_of, NOON, "the ingest key")

    assert instance.metrics_headers["authorization"] == "Bearer the ingest key"


@pytest.mark.django_db
def test_the_registry_follows_the_settings() -> None:
    two = manager_settings(client_urls="http://a:1, http://b:1/")
    one = manager_settings(client_urls="http://b:1")
    do_register_instances(two, NOON)
    do_register_instances(one, NOON + CHECK)

    gone, kept = Instance.objects.filter(service="client").order_by("url")
    assert (gone.url, gone.name, gone.gone_at, gone.last_seen) == (
        "http://a:1",
        "client-1",
        NOON + CHECK,
        NOON,
    )
    assert (kept.url, kept.name, kept.gone_at) == ("http://b:1", "client", None)
    do_register_instances(two, NOON + 2 * CHECK)
    gone.refresh_from_db()
    assert (gone.gone_at, gone.first_seen) == (None, NOON)


@pytest.fixture
def row(db: None) -> Instance:
    return Instance.objects.create(
        service="client", name="client", url="http://a:1", first_seen=NOON, last_seen=NOON
    )


def _record(
    row: Instance, *answers: tuple[timedelta, HealthAnswer]
) -> list[tuple[str, timedelta, timedelta]]:
    for after, answer in answers:
        do_record_health(row, answer, NOON + after, GAP)
    return [
        (span.state, span.started_at - NOON, span.ended_at - NOON)
        for span in HealthSpan.objects.order_by("started_at", "pk")
    ]


def test_only_changes_make_rows(row: Instance) -> None:
    checks = [(number * CHECK, UP) for number in range(100)]

    assert _record(row, *checks) == [("up", timedelta(0), 99 * CHECK)]
    assert HealthSpan.objects.get().latency_ms_sum == 400


def test_a_change_begins_where_the_last_check_was(row: Instance) -> None:
    assert _record(row, (0 * CHECK, UP), (CHECK, DOWN), (2 * CHECK, DOWN), (3 * CHECK, UP)) == [
        ("up", 0 * CHECK, 0 * CHECK),
        ("down", 0 * CHECK, 2 * CHECK),
        ("up", 2 * CHECK, 3 * CHECK),
    ]


def test_nobody_knows_what_was_while_nobody_asked(row: Instance) -> None:
    later = GAP + timedelta(seconds=1)

    assert _record(row, (timedelta(0), UP), (later, UP)) == [
        ("up", timedelta(0), timedelta(0)),
        ("up", later, later),
    ]


def test_an_hour_ends_a_span(row: Instance) -> None:
    before, after = timedelta(minutes=59, seconds=50), timedelta(minutes=60, seconds=5)

    assert _record(row, (before, UP), (after, UP), (after + CHECK, UP)) == [
        ("up", before, before),
        ("up", before, after + CHECK),
    ]


def test_what_is_old_is_deleted(row: Instance) -> None:
    settings = manager_settings(health_retention_days=14)
    now = timezone.now()
    old, young = now - timedelta(days=14, minutes=1), now - timedelta(days=13)
    for moment in (old, young):
        HealthSpan.objects.create(instance=row, state="up", started_at=moment, ended_at=moment)
        for resolution_seconds in (60, 3600):
            RequestSample.objects.create(
                instance=row, resolution_seconds=resolution_seconds, started_at=moment
            )
    Instance.objects.create(service="client", name="x", url="x", first_seen=old, last_seen=old, gone_at=old)
    Instance.objects.create(
        service="client", name="y", url="y", first_seen=old, last_seen=young, gone_at=young
    )

    do_prune(settings, now)

    assert [span.ended_at for span in HealthSpan.objects.all()] == [young]
    assert [(s.resolution_seconds, s.started_at) for s in RequestSample.objects.all()] == [(3600, young)]
    assert set(Instance.objects.values_list("name", flat=True)) == {"client", "y"}
