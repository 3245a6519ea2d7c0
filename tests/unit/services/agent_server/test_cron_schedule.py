"""When a cron is due."""

from datetime import UTC, datetime

import pytest

from narutalk.errors import InvalidInput
from services.agent_server.crons.schedule import next_run_at


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "timezone", "after", "due"),
    [
        ("0 9 * * 1-5", None, "2026-11-27 09:00", "2026-11-30 09:00"),
        ("*/15 * * * *", None, "2026-11-26 10:14:59", "2026-11-26 10:15"),
        ("0 9 * * *", "Asia/Seoul", "2026-11-26 01:00", "2026-11-27 00:00"),
        ("0 0 L * *", None, "2026-02-01 00:00", "2026-02-28 00:00"),
        ("0 0 29 2 *", None, "2026-11-26 00:00", "2028-02-29 00:00"),
        # Berlin: 02:30 is skipped in March, comes twice in October.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", "2026-10-25 00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25 00:30", "2026-10-26 01:30"),
    ],
)
def test_the_next_time(schedule: str, timezone: str | None, after: str, due: str) -> None:
    assert next_run_at(schedule, timezone, after=at(after)) == at(due)


def test_a_time_behind_the_end_does_not_count() -> None:
    after, end = at("2026-11-26 00:00"), at("2026-11-26 09:00")
    assert next_run_at("0 9 * * *", None, after=after, end_time=end) == end
    assert next_run_at("1 9 * * *", None, after=after, end_time=end) is None


NONSENSE = (
    "",
    "nonsense",
    "* * * *",
    "0 * * * * *",
    "60 * * * *",
    "@daily",
    "0 0 30 2 *",
    "0 0 31 4,6 *",
    "0 0 * * 1L/2",
    "* * * * \ud800",
    "1-,,2 * * * *",
    "*/0 * * * *",
    f"{'9' * 100} * * * *",
)


@pytest.mark.parametrize("schedule", NONSENSE)
def test_a_schedule_that_makes_no_sense_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        next_run_at(schedule, None, after=at("2026-11-26 00:00"))
    assert refused.value.code == "schedule_invalid"


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Town", "UTC+09:00", "../../etc/passwd", "Asia", "\0", "\ud800"]
)
def test_a_time_zone_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        next_run_at("* * * * *", name, after=at("2026-11-26 00:00"))
    assert refused.value.code == "timezone_invalid"
