"""What the dashboard's figures are, against values computed by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from django_admin.monitoring.board import service_state
from django_admin.monitoring.figures import WINDOWS, Figures, read_figures, uptime
from django_admin.monitoring.health import HealthState
from django_admin.monitoring.models import HealthSpan, Instance, RequestSample
from django_admin.monitoring.templatetags.figures import duration, megabytes, percent, rate

NOW = datetime(2026, 11, 16, 12, 34, 56, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
THIS_MINUTE = NOW.replace(second=0)


def _instance(name: str, service: str = "client") -> Instance:
    return Instance.objects.create(
        service=service, name=name, url=f"http://{name}", first_seen=NOW, last_seen=NOW
    )


def _sample(instance: Instance, at: datetime, requests: int, *, errors: int = 0, **more: int) -> None:
    buckets = [0] * 14
    buckets[more.get("bucket", 4)] = requests
    RequestSample.objects.create(
        instance=instance,
        resolution_seconds=more.get("resolution_seconds", 60),
        started_at=at,
        observed_seconds=more.get("observed_seconds", 60),
        requests=requests,
        errors=errors,
        buckets=buckets,
    )


@pytest.mark.django_db
def test_the_figures_of_a_service_are_those_of_all_its_instances() -> None:
    one, two = _instance("client-1"), _instance("client-2")
    _sample(one, THIS_MINUTE - MINUTE, 30)  # 0.05 to 0.1 s
    _sample(one, THIS_MINUTE, 30, observed_seconds=30)
    _sample(two, THIS_MINUTE, 40, errors=4, bucket=6)  # 0.25 to 0.5 s

    whole, bins = read_figures(WINDOWS["15m"], NOW)["client"]

    assert (whole.requests, whole.errors, whole.error_percent) == (100, 4, 4.0)
    assert whole.per_second == pytest.approx(60 / 90 + 40 / 60)
    assert whole.p50_ms == pytest.approx(50 + 50 * 50 / 60)
    assert whole.p95_ms == pytest.approx(250 + 250 * 35 / 40)
    assert [point.requests for point in bins] == [0] * 13 + [30, 70]
    assert bins[0] == Figures()
    assert bins[13].p50_ms == pytest.approx(75)


@pytest.mark.django_db
def test_a_window_holds_what_it_says_and_no_more() -> None:
    instance = _instance("router", "router")
    for minutes in (0, 14, 15, 58, 59, 60):
        _sample(instance, THIS_MINUTE - minutes * MINUTE, 1)
    hour = NOW.replace(minute=0, second=0)
    for hours in (0, 23, 24):
        _sample(instance, hour - timedelta(hours=hours), 10, resolution_seconds=3600)

    requests = {name: read_figures(window, NOW)["router"].whole.requests for name, window in WINDOWS.items()}

    # Two-minute points begin at even minutes: the hour that holds 12:34 began at 11:36.
    assert requests == {"15m": 2, "1h": 4, "24h": 20}


@pytest.mark.django_db
def test_no_data_no_figures() -> None:
    assert read_figures(WINDOWS["24h"], NOW) == {}
    assert Figures().error_percent == 0.0


def test_uptime_counts_only_what_was_observed() -> None:
    def span(state: str, start_hour: float, end_hour: float) -> HealthSpan:
        return HealthSpan(
            state=state,
            started_at=NOW - timedelta(hours=24 - start_hour),
            ended_at=NOW - timedelta(hours=24 - end_hour),
        )

    # From two hours before the window to its hour 6 up, then 1 h down, 1 h degraded, 4 h unknown, 12 h up.
    # The first check after the pause, which came too early, is a moment of no length.
    spans = [
        span("up", -2, 6),
        span("down", 6, 7),
        span("degraded", 7, 8),
        span("down", 12, 12),
        span("up", 12, 24),
    ]
    found = uptime(spans, NOW - timedelta(hours=24), NOW)

    assert found.percent == pytest.approx(100 * 18 / 20)
    states = [cell.state for cell in found.cells]
    assert states[:12] == ["up"] * 12
    assert states[13:15] == ["down", "down"]  # the one in which it ended is down, too
    assert states[17:23] == [""] * 6
    assert states[24:] == ["up"] * 24
    assert found.cells[20].up_percent is None
    assert uptime([], NOW - timedelta(hours=24), NOW).percent is None


@pytest.mark.parametrize(
    ("states", "expected"),
    [("UU", "up"), ("UD", "degraded"), ("DD", "down"), ("G", "degraded"), ("GD", "degraded")],
)
def test_a_service_is_what_its_instances_are(states: str, expected: str) -> None:
    letters = {"U": HealthState.UP, "D": HealthState.DOWN, "G": HealthState.DEGRADED}

    assert service_state([letters[letter] for letter in states]) == expected


def test_figures_are_written_with_their_units() -> None:
    assert [duration(value) for value in (None, 0.42, 9.96, 240.4, 1432)] == [
        "–", "0.4 ms", "10.0 ms", "240 ms", "1.4 s",
    ]  # fmt: skip
    assert [percent(value) for value in (None, 0, 99.99, 100)] == ["–", "0 %", "99.9 %", "100 %"]
    assert [rate(value) for value in (0.123, 12.3)] == ["0.12", "12"]
    assert [megabytes(value) for value in (None, 300 * 1024 * 1024)] == ["–", "300 MB"]
