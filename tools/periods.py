"""Periods of days: their canonical strings, what those mean on a given day, and how people read them.

A canonical string is what the `period` argument of a tool takes:

    2026  2026-H1  2026-Q3  2026-10  2026-10-05     a year, half, quarter, month or day
    H1  Q3  10                                      the latest one that has begun
    last_year-Q3  this_year-10  2_years_ago-H2      of a year told relative to today
    last_month  this_quarter  next_half  …          last_, this_ or next_ week, month, quarter, half or year
    last_7_days  next_30_days                       the days up to, or from, today, which is one of them
    last_6_months  next_3_months                    the whole months before, or after, the current one
    2_months_ago  3_quarters_ago  5_days_ago        the whole unit, or the day, so long ago
    year_to_date  today  yesterday  tomorrow
    year_before                                     of another period: the same days a year earlier
    year_before:A                                   the same days as A a year earlier
    A..B                                            from the first day of A to the last day of B
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from narutalk.errors import RetryWithFix
from narutalk.languages import Language
from tools.period_words import YEAR_BEFORE_OF, against_finder, period_behind, period_finder

__all__ = [
    "YEAR_BEFORE",
    "Period",
    "against_finder",
    "period_behind",
    "period_finder",
    "resolve_against",
    "resolve_period",
]

YEAR_BEFORE = "year_before"

MONTHS = 12
FIRST_YEAR, LAST_YEAR = 1950, 2150
_MONTHS_OF = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Period:
    """Days from ``start`` to ``end``, both inclusive; ValueError when it ends before it starts."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a period cannot end before it starts")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def canonical(self) -> str:
        """The absolute canonical string, such as ``2026-Q3``, which `resolve_period` turns back."""
        unit = self._whole_months()
        by_months = {
            1: f"{self.start:%Y-%m}",
            3: f"{self.start.year}-Q{(self.start.month + 2) // 3}",
            6: f"{self.start.year}-H{(self.start.month + 5) // 6}",
            MONTHS: f"{self.start.year}",
        }
        if self.start == self.end:
            return self.start.isoformat()
        return by_months.get(unit, f"{self.start.isoformat()}..{self.end.isoformat()}")

    def label(self, language: Language) -> str:
        """Return the period as people write it: "Q3 2026 (2026-07-01 – 2026-09-30)"."""
        if self.start == self.end:
            return self.start.isoformat()
        days = f"{self.start.isoformat()} – {self.end.isoformat()}"
        name = self._name(language)
        return f"{name} ({days})" if name else days

    def months(self) -> list[date]:
        """Return the first day of every month that the period touches, in order."""
        first = self.start.year * MONTHS + self.start.month - 1
        last = self.end.year * MONTHS + self.end.month - 1
        return [date(index // MONTHS, index % MONTHS + 1, 1) for index in range(first, last + 1)]

    def before(self) -> "Period":
        """Return the period of the same length just before: whole months where this one has whole months."""
        count = self._month_count()
        if count:
            return _months_from(self.start.year, self.start.month - count, count)
        days = self.end - self.start
        end = self.start - timedelta(days=1)
        return Period(end - days, end)

    def year_before(self) -> "Period":
        """Return the same days a year earlier; whole months stay whole."""
        count = self._month_count()
        if count:
            return _months_from(self.start.year - 1, self.start.month, count)
        return Period(_year_earlier(self.start), _year_earlier(self.end))

    def first_months(self, count: int) -> "Period":
        """Return its first calendar months."""
        last = self.months()[:count][-1]
        return Period(self.start, min(self.end, _last_day(last.year, last.month)))

    def _name(self, language: Language) -> str:
        year, month = self.start.year, self.start.month
        quarter, half = (month + 2) // 3, (month + 5) // 6
        if language == Language.KO:
            halves = {1: "상반기", 2: "하반기"}
            names = {
                1: f"{year}년 {month}월",
                3: f"{year}년 {quarter}분기",
                6: f"{year}년 {halves[half]}",
                MONTHS: f"{year}년",
            }
        else:
            names = {
                1: f"{calendar.month_name[month]} {year}",
                3: f"Q{quarter} {year}",
                6: f"H{half} {year}",
                MONTHS: f"{year}",
            }
        return names.get(self._whole_months(), "")

    def _month_count(self) -> int:
        """How many whole calendar months this is; 0 when it is not whole months."""
        whole = self.start.day == 1 and self.end == _last_day(self.end.year, self.end.month)
        return len(self.months()) if whole else 0

    def _whole_months(self) -> int:
        """1, 3, 6 or 12 for a calendar month, quarter, half or year; 0 for anything else."""
        count = self._month_count()
        return count if count in _MONTHS_OF.values() and (self.start.month - 1) % count == 0 else 0


def resolve_period(text: str, today: date) -> Period:
    """Return the days that a canonical string, or plain words in English or Korean, mean.

    Args:
        text: Such as ``2026-Q3``, ``last_month`` or ``third quarter of 2026``.
        today: What relative periods are counted from.

    Raises:
        RetryWithFix: It says no period.
    """
    cleaned = re.sub(r"[\s_]+", "_", text.strip()).replace("_..", "..").replace(".._", "..")
    found = None
    try:
        period = _resolve(cleaned, today)
        if period is None and (found := period_finder(text)):
            period = _resolve(found.value, today)
    except (ValueError, OverflowError):
        period = None
    if period is None:
        raise RetryWithFix(
            f"'{text}' is not a period. Write for example 2026-Q3, 2026-10, 2025, last_month or "
            "2026-01-01..2026-03-31.",
            details={"period": text},
        )
    return period


def resolve_against(text: str, period: Period, today: date) -> Period:
    """Return the period that another one is compared with.

    Args:
        text: As for `resolve_period`, or ``year_before``.
        period: The other one.
        today: What relative periods are counted from.

    Raises:
        RetryWithFix: It says no period.
    """
    return period.year_before() if text.strip().lower() == YEAR_BEFORE else resolve_period(text, today)


def _resolve(text: str, today: date) -> Period | None:
    if text.startswith(YEAR_BEFORE_OF):
        period = _resolve(text.removeprefix(YEAR_BEFORE_OF), today)
        return period.year_before() if period else None
    if ".." in text:
        first, last = text.split("..", 1)
        return _resolve_range(first, last, today)
    for pattern, resolve in _FORMS:
        if match := pattern.fullmatch(text):
            return resolve(match, today)
    return None


def _resolve_range(first: str, last: str, today: date) -> Period | None:
    end = _resolve(last, today)
    # "11..02" means the November before that February.
    start = _resolve(first, end.end if end and _BARE.fullmatch(first) else today)
    return Period(start.start, end.end) if start and end else None


def _resolve_calendar(match: re.Match[str], today: date) -> Period:
    year = _year(match["year"], today)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError("year out of range")
    return _unit(year, match["unit"]) if match["unit"] else _months_from(year, 1, MONTHS)


def _resolve_without_year(match: re.Match[str], today: date) -> Period:
    period = _unit(today.year, match["unit"])
    return period if period.start <= today else _unit(today.year - 1, match["unit"])


def _resolve_relative(match: re.Match[str], today: date) -> Period:
    back = {"last": 1, "this": 0, "next": -1}[match["which"].lower()]
    return _unit_of(match["unit"].lower(), back, today)


def _unit_of(unit: str, back: int, today: date) -> Period:
    """Return the week, month, quarter, half or year that was so many of them before today's."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Period(monday, monday + timedelta(days=6))
    size = _MONTHS_OF[unit]
    first = (today.month - 1) // size * size + 1
    return _months_from(today.year, first - back * size, size)


def _resolve_several(match: re.Match[str], today: date) -> Period:
    count = int(match["count"])
    if count < 1:
        raise ValueError("at least one")
    unit = match["unit"].lower()
    is_next = match["which"].lower() == "next"
    if unit in ("day", "week"):
        days = timedelta(days=count * (7 if unit == "week" else 1) - 1)
        return Period(today, today + days) if is_next else Period(today - days, today)
    months = count * _MONTHS_OF[unit]
    return _months_from(today.year, today.month + (1 if is_next else -months), months)


def _resolve_ago(match: re.Match[str], today: date) -> Period:
    count, unit = int(match["count"]), match["unit"].lower()
    if unit == "day":
        day = today - timedelta(days=count)
        return Period(day, day)
    return _unit_of(unit, count, today)


def _year(text: str, today: date) -> int:
    lowered = text.lower()
    if lowered.isdecimal():
        return int(lowered)
    back = {"this_year": 0, "last_year": 1, "next_year": -1}.get(lowered)
    return today.year - (int(lowered.split("_")[0]) if back is None else back)


def _unit(year: int, unit: str) -> Period:
    if unit[0] in "Qq":
        return _months_from(year, 3 * int(unit[1]) - 2, 3)
    if unit[0] in "Hh":
        return _months_from(year, 6 * int(unit[1]) - 5, 6)
    return _months_from(year, int(unit), 1)


def _months_from(year: int, month: int, count: int) -> Period:
    """Return ``count`` whole months from a month on, which may be outside 1 to 12."""
    first = year * MONTHS + month - 1
    last = first + count - 1
    return Period(date(first // MONTHS, first % MONTHS + 1, 1), _last_day(last // MONTHS, last % MONTHS + 1))


def _year_earlier(day: date) -> date:
    return _last_day(day.year - 1, 2) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _day(match: re.Match[str], _today: date) -> Period:
    day = date.fromisoformat(match[0])
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("year out of range")
    return Period(day, day)


_UNIT = r"(?P<unit>Q[1-4]|H[12]|0[1-9]|1[0-2])"
_BARE = re.compile(r"(?P<unit>Q[1-4]|H[12]|0?[1-9]|1[0-2])", re.IGNORECASE | re.ASCII)
_YEAR = r"(?P<year>\d{4}|last_year|this_year|next_year|\d_years_ago)"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Period]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), resolve)
    for pattern, resolve in (
        (r"\d{4}-\d\d-\d\d", _day),
        (rf"{_YEAR}(?:-{_UNIT})?", _resolve_calendar),
        (_BARE.pattern, _resolve_without_year),
        (r"(?P<which>last|this|next)_(?P<unit>week|month|quarter|half|year)", _resolve_relative),
        (
            r"(?P<which>last|next)_(?P<count>\d{1,3})_(?P<unit>day|week|month|quarter|year)s?",
            _resolve_several,
        ),
        (r"(?P<count>\d{1,3})_(?P<unit>day|week|month|quarter|half|year)s?_ago", _resolve_ago),
        (r"year_to_date", lambda _match, today: Period(date(today.year, 1, 1), today)),
        (r"today", lambda _match, today: Period(today, today)),
        (r"yesterday", lambda _match, today: Period(*[today - timedelta(days=1)] * 2)),
        (r"tomorrow", lambda _match, today: Period(*[today + timedelta(days=1)] * 2)),
    )
)
