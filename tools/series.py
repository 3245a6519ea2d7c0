"""What a series of monthly sums tells: growth, trend and season."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import mean

from pydantic import BaseModel

MONTHS = 12
MIN_MONTHS_OF_TREND = 3
MIN_MONTHS_OF_SEASON = 2 * MONTHS
"""Below two years a month's height cannot be told from its season."""


class MonthPoint(BaseModel):
    """One month, given by its first day, and its sum."""

    month: date
    amount_krw: int


class Season(BaseModel):
    """How high a calendar month is, beside the average month.

    Attributes:
        month: 1 to 12.
        index: 1.0 is the average month; 1.2 is 20 % above it.
        years: In how many years it was measured.
    """

    month: int
    index: float
    years: int


class SeriesFigures(BaseModel):
    """A series, measured.

    Attributes:
        months: Every month from the first with data to the last; those without any count as 0.
        missing: Months between the first and the last without any data.
        total_krw: The sum.
        slope_krw_per_month: Of the least-squares line; None below `MIN_MONTHS_OF_TREND` months.
        growth: The last 12 months over the 12 before, minus 1; None below 24 months.
        seasons: By calendar month; empty below `MIN_MONTHS_OF_SEASON` months.
    """

    months: list[MonthPoint]
    missing: list[date]
    total_krw: int
    slope_krw_per_month: float | None
    growth: float | None
    seasons: list[Season]


def measure_series(sums: Mapping[date, int]) -> SeriesFigures:
    """Measure a monthly series.

    Args:
        sums: By the first day of each month with data.
    """
    months = every_month(min(sums), max(sums)) if sums else []
    amounts = [sums.get(month, 0) for month in months]
    return SeriesFigures(
        months=[MonthPoint(month=m, amount_krw=a) for m, a in zip(months, amounts, strict=True)],
        missing=[month for month in months if month not in sums],
        total_krw=sum(amounts),
        slope_krw_per_month=slope(amounts),
        growth=_year_on_year(amounts),
        seasons=seasonal_indices(months, amounts),
    )


def every_month(first: date, last: date) -> list[date]:
    """Return the first day of each month from one to another, both included."""
    start, end = (day.year * MONTHS + day.month - 1 for day in (first, last))
    return [date(index // MONTHS, index % MONTHS + 1, 1) for index in range(start, end + 1)]


def growth(now: float, before: float) -> float | None:
    """Return the relative growth, such as 0.05 for 5 %; None without anything before."""
    return round(now / before - 1, 4) if before > 0 else None


def slope(amounts: Sequence[float]) -> float | None:
    """Return the slope of the least-squares line through equally spaced values, per step; None below three.

    Source: ordinary least squares, b = Σ(x - x̄)(y - ȳ) / Σ(x - x̄)².
    """
    if len(amounts) < MIN_MONTHS_OF_TREND:
        return None
    middle, level = (len(amounts) - 1) / 2, mean(amounts)
    spread = sum((index - middle) ** 2 for index in range(len(amounts)))
    return sum((index - middle) * (amount - level) for index, amount in enumerate(amounts)) / spread


def seasonal_indices(months: Sequence[date], amounts: Sequence[float]) -> list[Season]:
    """Return the seasonal index of each calendar month; empty below two years, or without sales.

    Each month is divided by the centred moving average of the 12 months around it (2 x 12 MA); the ratios of
    one calendar month are averaged, and the twelve averages scaled to a mean of 1.

    Source: classical multiplicative decomposition ("ratio to moving average"), Hyndman & Athanasopoulos,
    "Forecasting: Principles and Practice", 3rd ed. (2021), section 3.4.

    Args:
        months: First days, one after the other without a gap.
        amounts: Of these months.
    """
    if len(amounts) < MIN_MONTHS_OF_SEASON:
        return []
    ratios: dict[int, list[float]] = {}
    half = MONTHS // 2
    for index in range(half, len(amounts) - half):
        around = amounts[index - half : index + half + 1]
        level = (around[0] / 2 + sum(around[1:-1]) + around[-1] / 2) / MONTHS
        if level > 0:
            ratios.setdefault(months[index].month, []).append(amounts[index] / level)
    averages = {month: mean(found) for month, found in sorted(ratios.items())}
    if len(averages) < MONTHS or not any(averages.values()):
        return []
    scale = mean(averages.values())
    return [
        Season(month=month, index=round(average / scale, 4), years=len(ratios[month]))
        for month, average in averages.items()
    ]


def _year_on_year(amounts: Sequence[float]) -> float | None:
    if len(amounts) < MIN_MONTHS_OF_SEASON:
        return None
    return growth(sum(amounts[-MONTHS:]), sum(amounts[-2 * MONTHS : -MONTHS]))
