"""What the dashboard shows: the live answers beside what is stored."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from django_admin.conversations.models import Message, MessageRole, MessageStatus
from django_admin.gateway.service_health import InstanceHealth
from django_admin.monitoring.figures import (
    Figures,
    ServiceFigures,
    Uptime,
    Window,
    read_figures,
    read_uptimes,
)
from django_admin.monitoring.health import HealthAnswer, HealthState, Reason
from django_admin.monitoring.models import Instance, Worker
from django_admin.monitoring.workers import DEAD_AFTER
from django_admin.page_language import page_language
from narutalk.registry import SERVICES, Service, ServiceName

TURNS_KEPT_SECONDS = 10
GONE_SHOWN = timedelta(days=1)
CORE_TITLES = {ServiceName.MANAGER: _("Manager"), ServiceName.ROUTER: _("Router")}


class InstanceCard(NamedTuple):
    """One instance: what it answered just now, and what is stored of it."""

    name: str
    url: str
    state: HealthState
    reason: str
    latency_ms: float
    failing: list[str]
    uptime: Uptime | None
    memory_bytes: int | None
    scrape_reason: str


class ServiceCard(NamedTuple):
    """One service; it is degraded when some of its instances are not up."""

    name: str
    title: str
    state: HealthState
    instances: list[InstanceCard]
    gone: list[Instance]
    figures: Figures


class WorkerCard(NamedTuple):
    """A worker process and its heartbeat."""

    name: str
    alive: bool
    seconds_since_beat: int
    started_at: datetime


class Turns(NamedTuple):
    """The answers of today, in the company's time zone."""

    today: int
    failed: int


class Board(NamedTuple):
    """Everything that the dashboard shows; `series` is what its charts draw."""

    services: list[ServiceCard]
    workers: list[WorkerCard]
    turns: Turns
    errors: int
    checked_at: datetime
    series: dict[str, Any]

    @property
    def services_up(self) -> int:
        """How many services are wholly up."""
        return sum(service.state == HealthState.UP for service in self.services)

    @property
    def worker_alive(self) -> bool:
        """Whether any worker beats."""
        return any(worker.alive for worker in self.workers)


def read_board(live: Sequence[InstanceHealth], window: Window, now: datetime) -> Board:
    """Put the live answers together with what is stored."""
    figures = read_figures(window, now)
    services = _service_cards(live, figures, now)
    return Board(
        services,
        _worker_cards(now),
        _turns(now),
        sum(service.figures.errors for service in services),
        now,
        _series(figures, window, now),
    )


def service_state(states: Sequence[HealthState]) -> HealthState:
    """Return the state of a service from those of its instances."""
    if all(state == HealthState.UP for state in states):
        return HealthState.UP
    return HealthState.DOWN if all(state == HealthState.DOWN for state in states) else HealthState.DEGRADED


def _service_cards(
    live: Sequence[InstanceHealth], figures: dict[str, ServiceFigures], now: datetime
) -> list[ServiceCard]:
    stored = list(Instance.objects.all())
    by_address = {(instance.service, instance.url): instance for instance in stored}
    uptimes = read_uptimes(now)
    cards: dict[str, list[InstanceCard]] = defaultdict(list)
    for address, answer in live:
        known = by_address.get((address.service, address.url))
        uptime = uptimes.get(known.pk) if known else None
        cards[address.service].append(_instance_card(address.name, address.url, answer, known, uptime))
    return [
        ServiceCard(
            service.name,
            _title(service),
            service_state([card.state for card in cards[service.name]]),
            cards[service.name],
            [row for row in stored if row.service == service.name and _is_gone(row, now)],
            figures[service.name].whole if service.name in figures else Figures(),
        )
        for service in SERVICES
    ]


def _instance_card(
    name: str, url: str, answer: HealthAnswer, known: Instance | None, uptime: Uptime | None
) -> InstanceCard:
    return InstanceCard(
        name,
        url,
        answer.state,
        str(Reason(answer.reason).label) if answer.reason else "",
        answer.latency_ms,
        [dependency for dependency, works in answer.dependencies.items() if not works],
        uptime,
        known.memory_bytes if known else None,
        known.scrape_reason if known and answer.state != HealthState.DOWN else "",
    )


def _is_gone(instance: Instance, now: datetime) -> bool:
    return instance.gone_at is not None and instance.gone_at > now - GONE_SHOWN


def _title(service: Service) -> str:
    language = page_language()
    return service.titles.get(language) or str(CORE_TITLES[ServiceName(service.name)])


def _worker_cards(now: datetime) -> list[WorkerCard]:
    return [
        WorkerCard(
            worker.name,
            now - worker.beat_at <= DEAD_AFTER,
            max(0, int((now - worker.beat_at).total_seconds())),
            worker.started_at,
        )
        for worker in Worker.objects.all()
    ]


def _turns(now: datetime) -> Turns:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)

    def count() -> Turns:
        answers = Message.objects.filter(role=MessageRole.ASSISTANT, created_at__gte=midnight)
        found = answers.aggregate(all=Count("pk"), failed=Count("pk", filter=Q(status=MessageStatus.ERROR)))
        return Turns(found["all"], found["failed"])

    return cache.get_or_set(f"monitoring-turns-{midnight:%Y%m%d}", count, TURNS_KEPT_SECONDS) or count()


def _series(figures: dict[str, ServiceFigures], window: Window, now: datetime) -> dict[str, Any]:
    """Return ``{"labels", "services": {name: {"ok", "errors", "p50", "p95"}}}``, a value for each bin."""
    empty = [Figures()] * window.bins
    bins = {
        service.name: figures[service.name].bins if service.name in figures else empty for service in SERVICES
    }
    return {
        "labels": [f"{timezone.localtime(start):%H:%M}" for start in window.starts(now)],
        "services": {
            name: {
                "ok": [point.requests - point.errors for point in points],
                "errors": [point.errors for point in points],
                "p50": [_rounded(point.p50_ms) for point in points],
                "p95": [_rounded(point.p95_ms) for point in points],
            }
            for name, points in bins.items()
        },
    }


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
