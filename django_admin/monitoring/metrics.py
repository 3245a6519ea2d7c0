"""The request figures in an instance's `/metrics`: read, compared with the last time, and summed up. Pure."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from narutalk.telemetry.metrics import BUCKETS_SECONDS

REQUESTS = "narutalk_http_requests_total"
DURATION_BUCKET = "narutalk_http_request_duration_seconds_bucket"
DURATION_SUM = "narutalk_http_request_duration_seconds_sum"
PROCESS_START = "process_start_time_seconds"
PROCESS_MEMORY = "process_resident_memory_bytes"

# What machines ask by the clock, and what no route answered (static files, wrong addresses).
QUIET_ROUTES = frozenset(
    {"/health", "/ok", "/metrics", "/dashboard/live", "/dashboard/logs/live", "unmatched"}
)
QUIET_PREFIXES = ("/ingest/",)
SERVER_ERROR = 500
_BOUNDS = (*map(float, BUCKETS_SECONDS), float("inf"))


class UnreadableMetrics(Exception):
    """The text is not what a service of this version writes."""


class Counters(NamedTuple):
    """Finished requests of one process since its start, or of a time.

    Attributes:
        requests: All of them.
        errors: Those answered with 5xx.
        duration_seconds_sum: Of all of them.
        buckets: How many took how long: one count for each of `BUCKETS_SECONDS`, and one for the slower ones.
        process_started: Unix time, where the platform tells it.
    """

    requests: int = 0
    errors: int = 0
    duration_seconds_sum: float = 0.0
    buckets: tuple[int, ...] = (0,) * len(_BOUNDS)
    process_started: float | None = None

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Counters":
        """Return what `_asdict` gave, after its way through JSON."""
        return cls(**{**stored, "buckets": tuple(stored["buckets"])})


class Scrape(NamedTuple):
    """What one `/metrics` says."""

    counters: Counters
    memory_bytes: int | None


def read_metrics(text: str) -> Scrape:
    """Sum up the series of a process.

    Raises:
        UnreadableMetrics: The text is not in the Prometheus format, or its buckets are not ours.
    """
    requests = errors = 0.0
    seconds = 0.0
    cumulated = dict.fromkeys(_BOUNDS, 0.0)
    process: dict[str, float] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name in (PROCESS_START, PROCESS_MEMORY):
                    process[sample.name] = sample.value
                elif not _counts(sample.labels):
                    continue
                elif sample.name == REQUESTS:
                    requests += sample.value
                    errors += sample.value if int(sample.labels["status"]) >= SERVER_ERROR else 0
                elif sample.name == DURATION_SUM:
                    seconds += sample.value
                elif sample.name == DURATION_BUCKET:
                    cumulated[float(sample.labels["le"])] += sample.value
    except (ValueError, KeyError) as error:
        raise UnreadableMetrics(str(error)) from error
    ordered = [0.0, *(cumulated[bound] for bound in _BOUNDS)]
    buckets = tuple(int(upper - lower) for lower, upper in pairwise(ordered))
    memory = process.get(PROCESS_MEMORY)
    return Scrape(
        Counters(int(requests), int(errors), seconds, buckets, process.get(PROCESS_START)),
        None if memory is None else int(memory),
    )


def growth(before: Counters, now: Counters) -> Counters:
    """Return what was added between two scrapes of an instance.

    After a restart the counters began anew: then that is all that `now` says (as Prometheus' `increase` has
    it). A restart shows in the process's start time, or else in a counter that is less than before.
    """
    if _restarted(before, now):
        return now._replace(process_started=None)
    return Counters(
        now.requests - before.requests,
        now.errors - before.errors,
        max(0.0, now.duration_seconds_sum - before.duration_seconds_sum),
        tuple(new - old for old, new in zip(before.buckets, now.buckets, strict=True)),
    )


def total(parts: Iterable[Counters]) -> Counters:
    """Return the sum of some times' counters."""
    chosen = list(parts)
    return Counters(
        sum(part.requests for part in chosen),
        sum(part.errors for part in chosen),
        sum(part.duration_seconds_sum for part in chosen),
        tuple(map(sum, zip(*(part.buckets for part in chosen), strict=True))) or Counters().buckets,
    )


def quantile_seconds(q: float, buckets: tuple[int, ...]) -> float | None:
    """Return the duration below which a share of the requests stayed, or None without a request.

    Linear inside the bucket that holds the rank, the first one beginning at zero; among the slowest it is
    their bucket's lower bound. This is Prometheus' `histogram_quantile`
    (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).

    Args:
        q: Between 0 and 1.
        buckets: As in `Counters`.
    """
    rank = q * sum(buckets)
    if not sum(buckets):
        return None
    below, lower = 0, 0.0
    for upper, count in zip(BUCKETS_SECONDS, buckets, strict=False):
        if count and below + count >= rank:
            return lower + (upper - lower) * (rank - below) / count
        below, lower = below + count, float(upper)
    return lower


def _counts(labels: Mapping[str, str]) -> bool:
    route = labels.get("route", "")
    return bool(route) and route not in QUIET_ROUTES and not route.startswith(QUIET_PREFIXES)


def _restarted(before: Counters, now: Counters) -> bool:
    if before.process_started != now.process_started:
        return True
    counts = ((before.requests, now.requests), (before.errors, now.errors))
    return any(new < old for old, new in (*counts, *zip(before.buckets, now.buckets, strict=True)))
