"""One round of the worker: every instance is asked for health and metrics, and the answers are kept."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import httpx
from django.db import transaction

from django_admin.monitoring.health import HealthAnswer, ask_health
from django_admin.monitoring.instances import do_register_instances
from django_admin.monitoring.metrics import (
    Counters,
    Scrape,
    UnreadableMetrics,
    growth,
    read_metrics,
    total,
)
from django_admin.monitoring.models import REASON_CHARS, HealthSpan, Instance, RequestSample
from narutalk.http import build_client
from narutalk.settings import Settings

TIMEOUT_SECONDS = 5.0
MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
MINUTES_KEPT = timedelta(hours=3)
MISSED_CHECKS = 3
SLACK = timedelta(seconds=10)


class Found(NamedTuple):
    """What one instance said: its health, and its metrics or why there are none."""

    health: HealthAnswer
    scrape: Scrape | None
    scrape_reason: str


def do_check_instances(settings: Settings, now: datetime, ingest_key: str = "") -> None:
    """Ask every instance that the settings name, all at once, and keep what they say."""
    instances = do_register_instances(settings, now)
    answers = asyncio.run(_ask_all(instances, ingest_key))
    longest_gap = MISSED_CHECKS * timedelta(seconds=settings.health_check_seconds) + SLACK
    with transaction.atomic():
        for instance, found in zip(instances, answers, strict=True):
            do_record_health(instance, found.health, now, longest_gap)
            do_record_scrape(instance, found, now)
            instance.save()


def do_record_health(instance: Instance, answer: HealthAnswer, now: datetime, longest_gap: timedelta) -> None:
    """Lengthen the instance's last span, or begin one: at a change, in a new hour, and after a gap.

    The time since the check before counts as what is found now, unless that was longer ago than
    `longest_gap`: then nobody knows.
    """
    last = instance.spans.order_by("-ended_at").first()
    is_next = last is not None and now - last.ended_at <= longest_gap
    if last and is_next and (last.state, last.reason, _hour(last.ended_at)) == (*answer[:2], _hour(now)):
        last.ended_at = max(now, last.ended_at)
        last.checks += 1
        last.latency_ms_sum += answer.latency_ms
        last.save()
    else:
        HealthSpan.objects.create(
            instance=instance,
            state=answer.state,
            reason=answer.reason,
            started_at=last.ended_at if last and is_next else now,
            ended_at=now,
            latency_ms_sum=answer.latency_ms,
        )
    instance.state, instance.reason = answer.state, answer.reason
    instance.latency_ms, instance.dependencies = answer.latency_ms, answer.dependencies
    instance.checked_at = now


def do_record_scrape(instance: Instance, found: Found, now: datetime) -> None:
    """Add what the counters grew by to the current minute and hour; the first scrape is the start."""
    instance.scrape_reason = found.scrape_reason
    if found.scrape is None:
        return
    counters = found.scrape.counters
    if instance.counters and instance.scraped_at:
        grown = growth(Counters.of_json(instance.counters), counters)
        seconds = (now - instance.scraped_at).total_seconds()
        for resolution_seconds in (MINUTE_SECONDS, HOUR_SECONDS):
            _add(instance, grown, seconds, resolution_seconds, now)
    instance.counters, instance.scraped_at = counters._asdict(), now
    instance.memory_bytes = found.scrape.memory_bytes


def do_prune(settings: Settings, now: datetime) -> int:
    """Delete what is too old: instances gone, spans, samples; return how many rows."""
    oldest = now - timedelta(days=settings.health_retention_days)
    minutes = RequestSample.objects.filter(
        resolution_seconds=MINUTE_SECONDS, started_at__lt=now - MINUTES_KEPT
    )
    too_old = (
        Instance.objects.filter(gone_at__lt=oldest),
        HealthSpan.objects.filter(ended_at__lt=oldest),
        RequestSample.objects.filter(resolution_seconds=HOUR_SECONDS, started_at__lt=oldest),
        minutes,
    )
    return sum(rows.delete()[0] for rows in too_old)


async def _ask_all(instances: Sequence[Instance], ingest_key: str) -> list[Found]:
    async with (
        build_client("", read_timeout_seconds=TIMEOUT_SECONDS) as http,
        asyncio.TaskGroup() as group,
    ):
        healths = [
            group.create_task(ask_health(http, instance.url, timeout_seconds=TIMEOUT_SECONDS))
            for instance in instances
        ]
        scrapes = [group.create_task(_scrape(http, instance, ingest_key)) for instance in instances]
        await asyncio.wait([*healths, *scrapes])
    return [Found(health.result(), *scrape.result()) for health, scrape in zip(healths, scrapes, strict=True)]


async def _scrape(http: httpx.AsyncClient, instance: Instance, ingest_key: str) -> tuple[Scrape | None, str]:
    # An instance on another machine opens its figures to the key only.
    headers = {"Authorization": f"Bearer {ingest_key}"} if ingest_key else {}
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            response = await http.get(f"{instance.url}/metrics", headers=headers)
        if response.is_success:
            return read_metrics(response.text), ""
        return None, f"HTTP {response.status_code}"
    except (httpx.TransportError, httpx.InvalidURL, TimeoutError, UnreadableMetrics) as error:
        return None, f"{type(error).__name__}: {error}"[:REASON_CHARS]


def _add(instance: Instance, grown: Counters, seconds: float, resolution_seconds: int, now: datetime) -> None:
    start = now.timestamp() // resolution_seconds * resolution_seconds
    sample, _created = RequestSample.objects.get_or_create(
        instance=instance,
        resolution_seconds=resolution_seconds,
        started_at=datetime.fromtimestamp(start, tz=now.tzinfo),
        defaults={"buckets": Counters().buckets},
    )
    sum_so_far = Counters(sample.requests, sample.errors, sample.duration_seconds_sum, tuple(sample.buckets))
    added = total((sum_so_far, grown))
    sample.requests, sample.errors = added.requests, added.errors
    sample.duration_seconds_sum, sample.buckets = added.duration_seconds_sum, added.buckets
    sample.observed_seconds += seconds
    sample.save()


def _hour(moment: datetime) -> float:
    return moment.timestamp() // HOUR_SECONDS
