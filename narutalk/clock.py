"""Today's date as a dependency, so that "last quarter" can be tested."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], date]

COMPANY_TIME_ZONE = ZoneInfo("Asia/Seoul")


def build_clock(today: date | None) -> Clock:
    """Return a clock that always says ``today``, or the company's current date when that is None."""
    if today is not None:
        return lambda: today
    return lambda: datetime.now(COMPANY_TIME_ZONE).date()
