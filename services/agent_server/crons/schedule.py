"""When a cron is due. Pure: the time is given."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from services.agent_server.runs.request import refused

FIELDS = 5


def next_run_at(
    schedule: str, timezone: str | None, *, after: datetime, end_time: datetime | None = None
) -> datetime | None:
    """Return the first time behind another at which a schedule is due, in UTC; None when there is none.

    Times that a change to summer time skips are due right after it, those it repeats once, as in Debian.

    Args:
        schedule: Five fields: minute, hour, day of month, month, day of week.
        timezone: An IANA name; None is UTC.
        after: The time to begin from, itself excluded.
        end_time: The last time that counts.

    Raises:
        InvalidInput: ``schedule_invalid`` or ``timezone_invalid``.
    """
    zone = _zone(timezone)
    if len(schedule.split()) != FIELDS:
        reason = "Five fields are needed: minute, hour, day of month, month, day of week."
        raise refused("schedule", reason, "schedule_invalid")
    try:
        found = next(CronSim(schedule, after.astimezone(zone)), None)
    except (CronSimError, ValueError, TypeError, AssertionError) as error:
        raise refused("schedule", f"{error or 'malformed'}.", "schedule_invalid") from error
    due = found.astimezone(UTC) if found else None
    return None if due and end_time and due > end_time else due


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        reason = "An IANA time zone is needed, such as Asia/Seoul."
        raise refused("timezone", reason, "timezone_invalid") from error
