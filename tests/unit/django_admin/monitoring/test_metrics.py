"""The arithmetic of scrapes, against values computed by hand."""

import pytest

from django_admin.monitoring.metrics import (
    Counters,
    UnreadableMetrics,
    growth,
    quantile_seconds,
    read_metrics,
    total,
)
from narutalk.telemetry.metrics import BUCKETS_SECONDS, Metrics
from tests.fakes.instance import BOUNDS, metrics_text

# Of BUCKETS_SECONDS: 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60 and more.
NONE = (0,) * 14


def _buckets(**counts: int) -> tuple[int, ...]:
    """Counts by the index of the bucket: ``_buckets(b4=3)`` has three between 0.05 and 0.1 s."""
    return tuple(counts.get(f"b{number}", 0) for number in range(14))


def test_reads_what_a_process_really_writes() -> None:
    metrics = Metrics("document")
    for route, status, seconds in (
        ("/search", 200, 0.03),
        ("/search", 503, 0.3),
        ("/index", 422, 100.0),
        ("/health", 200, 0.01),
        ("unmatched", 404, 0.01),
        ("/ingest/logs", 200, 0.01),
    ):
        metrics.requests.labels("document", "GET", route, str(status)).inc()
        metrics.duration.labels("document", "GET", route).observe(seconds)

    scrape = read_metrics(metrics.render().decode())

    assert scrape.counters[:2] == (3, 1)
    assert scrape.counters.duration_seconds_sum == pytest.approx(100.33)
    assert scrape.counters.buckets == _buckets(b3=1, b6=1, b13=1)
    assert scrape.memory_bytes is not None
    assert scrape.memory_bytes > 10 * 1024 * 1024
    assert scrape.counters.process_started is not None


def test_the_buckets_of_the_fake_are_those_of_the_processes() -> None:
    assert tuple(float(bound) for bound in BOUNDS[:-1]) == BUCKETS_SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "<html>not metrics</html>",
        'narutalk_http_request_duration_seconds_bucket{route="/search",le="0.7"} 3\n',
        'narutalk_http_requests_total{route="/search"} 3\n',
    ],
)
def test_what_is_not_ours_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableMetrics):
        read_metrics(text)


def test_growth_between_two_scrapes() -> None:
    before = Counters(10, 1, 2.0, _buckets(b4=9, b6=1), 1000.0)
    now = Counters(14, 3, 2.75, _buckets(b4=11, b6=1, b13=2), 1000.0)

    assert growth(before, now) == Counters(4, 2, 0.75, _buckets(b4=2, b13=2))


@pytest.mark.parametrize(
    ("before_start", "now_start"),
    [(1000.0, 2000.0), (None, None)],
    ids=["the start time tells", "a counter that is less tells"],
)
def test_after_a_restart_everything_is_new(before_start: float | None, now_start: float | None) -> None:
    before = Counters(10, 1, 2.0, _buckets(b4=10), before_start)
    now = Counters(4, 2, 0.5, _buckets(b2=4), now_start)

    assert growth(before, now) == Counters(4, 2, 0.5, _buckets(b2=4))


def test_a_restart_that_was_overtaken_shows_in_the_start_time_only() -> None:
    before = Counters(10, 0, 1.0, _buckets(b4=10), 1000.0)
    now = Counters(30, 0, 3.0, _buckets(b4=30), 2000.0)

    assert growth(before, now).requests == 30


def test_total() -> None:
    parts = [Counters(2, 1, 0.5, _buckets(b1=2)), Counters(3, 0, 1.5, _buckets(b1=1, b2=2))]

    assert total(parts) == Counters(5, 1, 2.0, _buckets(b1=3, b2=2))
    assert total([]) == Counters()


@pytest.mark.parametrize(
    ("q", "buckets", "seconds"),
    [
        (0.5, NONE, None),
        # 10 requests between 0.05 and 0.1: the fifth lies in the middle.
        (0.5, _buckets(b4=10), 0.075),
        # 8 up to 0.005, 2 between 0.25 and 0.5: rank 9.5 is 1.5 of 2 into that bucket.
        (0.95, _buckets(b0=8, b6=2), 0.25 + 0.25 * 0.75),
        # The first bucket begins at zero.
        (0.5, _buckets(b0=4), 0.0025),
        # Exactly at a bucket's end, with an empty one behind it.
        (0.5, _buckets(b1=5, b5=5), 0.01),
        # Slower than a minute: nobody knows how much.
        (0.95, _buckets(b4=1, b13=9), 60.0),
    ],
)
def test_quantiles_are_interpolated_inside_a_bucket(
    q: float, buckets: tuple[int, ...], seconds: float | None
) -> None:
    assert quantile_seconds(q, buckets) == (None if seconds is None else pytest.approx(seconds))


def test_json_keeps_counters() -> None:
    counters = read_metrics(metrics_text(ok=3, errors=1, buckets={"0.1": 3, "+Inf": 4})).counters

    assert Counters.of_json({**counters._asdict(), "buckets": list(counters.buckets)}) == counters
