"""Working days in Korea: Monday to Friday without public holidays, substitutes included."""

from datetime import date, timedelta
from functools import cache

# Korean public holidays on weekdays, with lunar ones, substitutes and elections, from November 2023 on.
HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in str.split(
        """
    2023-12-25 2024-01-01 2024-02-09 2024-02-12 2024-03-01 2024-04-10 2024-05-06 2024-05-15
    2024-06-06 2024-08-15 2024-09-16 2024-09-17 2024-09-18 2024-10-01 2024-10-03 2024-10-09
    2024-12-25 2025-01-01 2025-01-27 2025-01-28 2025-01-29 2025-01-30 2025-03-03 2025-05-05
    2025-05-06 2025-06-03 2025-06-06 2025-08-15 2025-10-03 2025-10-06 2025-10-07 2025-10-08
    2025-10-09 2025-12-25 2026-01-01 2026-02-16 2026-02-17 2026-02-18 2026-03-02 2026-05-05
    2026-05-25 2026-06-03 2026-08-17 2026-09-24 2026-09-25 2026-10-05 2026-10-09
    """
    )
)


def is_business_day(day: date) -> bool:
    """Whether people work on a day."""
    return day.weekday() < 5 and day not in HOLIDAYS


@cache
def business_days(month: date) -> tuple[date, ...]:
    """Return the working days of the month that a day lies in."""
    first = month.replace(day=1)
    return tuple(
        day
        for day in (first + timedelta(days=n) for n in range(31))
        if day.month == first.month and is_business_day(day)
    )


def months_between(first: date, last: date) -> list[date]:
    """Return the first day of every month from the one of ``first`` to the one of ``last``."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [date(index // 12, index % 12 + 1, 1) for index in range(start, end + 1)]


def add_months(month: date, count: int) -> date:
    """Return the first day of the month ``count`` months later."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)
