"""Requests, errors and durations of each service over a window, and each instance's uptime."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django_admin.monitoring.checks import HOUR_SECONDS, MINUTE_SECONDS
from django_admin.monitoring.health import HealthState
from django_admin.monitoring.metrics import Counters, quantile_seconds, total
from django_admin.monitoring.models import HealthSpan, RequestSample

UPTIME_HOURS = 24
UPTIME_CELLS = 48


class Window(NamedTuple):
    """How far back the figures go.

    Attributes:
        bins: How many points a chart has.
        bin_seconds: What each of them sums up; the last one is still growing.
        resolution_seconds: Of the samples that are read.
    """

    bins: int
    bin_seconds: int
    resolution_seconds: int

    def starts(self, now: datetime) -> list[datetime]:
        """Return when each bin starts; the last one holds `now`."""
        last = now.timestamp() // self.bin_seconds * self.bin_seconds
        first = last - (self.bins - 1) * self.bin_seconds
        return [
            datetime.fromtimestamp(first + number * self.bin_seconds, tz=now.tzinfo)
            for number in range(self.bins)
        ]


WINDOWS = {
    "15m": Window(15, MINUTE_SECONDS, MINUTE_SECONDS),
    "1h": Window(30, 2 * MINUTE_SECONDS, MINUTE_SECONDS),
    "24h": Window(24, HOUR_SECONDS, HOUR_SECONDS),
}


class Figures(NamedTuple):
    """Requests of a service in a window, or in one bin of it.

    Attributes:
        requests: Finished ones; health checks, scrapes and log shipments do not count.
        errors: Those answered with 5xx.
        per_second: Requests per second of the observed time, of all instances together.
        p50_ms: Half of the requests were faster; None without requests.
        p95_ms: 95 of 100 were faster.
    """

    requests: int = 0
    errors: int = 0
    per_second: float = 0.0
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def error_percent(self) -> float:
        """Errors in 100 requests."""
        return 100 * self.errors / self.requests if self.requests else 0.0


class ServiceFigures(NamedTuple):
    """A service's figures for the whole window, and for each bin in turn."""

    whole: Figures
    bins: list[Figures]


class UptimeCell(NamedTuple):
    """A part of the last 24 hours: the worst state in it (empty: not observed), and the share of it up."""

    start: datetime
    end: datetime
    state: str
    up_percent: float | None


class Uptime(NamedTuple):
    """An instance's last 24 hours; `percent` is of the observed time, None without any."""

    percent: float | None
    cells: list[UptimeCell]


def read_figures(window: Window, now: datetime) -> dict[str, ServiceFigures]:
    """Return the figures by service; one without samples is left out."""
    starts = window.starts(now)
    samples: dict[str, list[RequestSample]] = defaultdict(list)
    chosen = RequestSample.objects.filter(
        resolution_seconds=window.resolution_seconds, started_at__gte=starts[0]
    )
    for sample in chosen.select_related("instance"):
        samples[sample.instance.service].append(sample)
    return {service: _service_figures(found, starts, window) for service, found in samples.items()}


def sum_up(samples: Iterable[RequestSample]) -> Figures:
    """Return the figures of one service's samples, of any number of instances and times."""
    by_instance: dict[int, list[RequestSample]] = defaultdict(list)
    for sample in samples:
        by_instance[sample.instance_id].append(sample)
    everything = total(_counters(sample) for found in by_instance.values() for sample in found)
    return Figures(
        everything.requests,
        everything.errors,
        sum(_rate(found) for found in by_instance.values()),
        _ms(quantile_seconds(0.5, everything.buckets)),
        _ms(quantile_seconds(0.95, everything.buckets)),
    )


def read_uptimes(now: datetime) -> dict[int, Uptime]:
    """Return the last 24 hours of every instance, by its id."""
    start = now - timedelta(hours=UPTIME_HOURS)
    spans: dict[int, list[HealthSpan]] = defaultdict(list)
    for span in HealthSpan.objects.filter(ended_at__gte=start):
        spans[span.instance_id].append(span)
    return {instance: uptime(found, start, now) for instance, found in spans.items()}


def uptime(spans: list[HealthSpan], start: datetime, end: datetime) -> Uptime:
    """Return how a time went, as a whole and in `UPTIME_CELLS` parts. Degraded is not up."""
    length = (end - start) / UPTIME_CELLS
    edges = [start + number * length for number in range(UPTIME_CELLS)] + [end]
    cells = [_cell(spans, left, right) for left, right in pairwise(edges)]
    return Uptime(_up_percent(spans, start, end), cells)


def _service_figures(samples: list[RequestSample], starts: list[datetime], window: Window) -> ServiceFigures:
    by_bin: dict[int, list[RequestSample]] = defaultdict(list)
    for sample in samples:
        by_bin[int((sample.started_at - starts[0]).total_seconds() // window.bin_seconds)].append(sample)
    return ServiceFigures(sum_up(samples), [sum_up(by_bin[number]) for number in range(window.bins)])


def _counters(sample: RequestSample) -> Counters:
    return Counters(sample.requests, sample.errors, sample.duration_seconds_sum, tuple(sample.buckets))


def _rate(samples: list[RequestSample]) -> float:
    seconds = sum(sample.observed_seconds for sample in samples)
    return sum(sample.requests for sample in samples) / seconds if seconds else 0.0


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _cell(spans: list[HealthSpan], start: datetime, end: datetime) -> UptimeCell:
    touching = [span for span in spans if span.started_at < end and span.ended_at >= start]
    # The first check after a pause is a moment, not a time: at a start it often comes before all are up.
    states = {span.state for span in touching if span.started_at < span.ended_at} or {
        span.state for span in touching
    }
    worst = (HealthState.DOWN, HealthState.DEGRADED, HealthState.UP)
    state = next((state.value for state in worst if state in states), "")
    return UptimeCell(start, end, state, _up_percent(spans, start, end))


def _up_percent(spans: list[HealthSpan], start: datetime, end: datetime) -> float | None:
    observed = up = 0.0
    for span in spans:
        seconds = (min(span.ended_at, end) - max(span.started_at, start)).total_seconds()
        observed += max(0.0, seconds)
        up += max(0.0, seconds) if span.state == HealthState.UP else 0.0
    return 100 * up / observed if observed else None
