"""How a measured monthly series reads in each language."""

import calendar

from narutalk.languages import Language
from tools.series import MIN_MONTHS_OF_SEASON, SeriesFigures

KO = Language.KO
SHOWN_SEASONS = 2
MAX_MISSING = 6


def trend_told(figures: SeriesFigures, language: Language) -> str:
    """Return sum, growth and slope in a sentence or two."""
    korean = language is KO
    total = f"{figures.total_krw:,}원" if korean else f"{figures.total_krw:,} KRW"
    parts = [f"합계 {total}." if korean else f"Total {total}."]
    if figures.growth is not None:
        change = f"{abs(figures.growth) * 100:.1f}%"
        up = figures.growth >= 0
        parts.append(
            f"최근 12개월은 그 전 12개월보다 {change} {'늘었습니다' if up else '줄었습니다'}."
            if korean
            else f"The last 12 months are {change} {'above' if up else 'below'} the 12 before."
        )
    if figures.slope_krw_per_month is not None:
        step = round(figures.slope_krw_per_month)
        parts.append(f"추세는 매달 {step:+,}원입니다." if korean else f"The trend is {step:+,} KRW a month.")
    return " ".join(parts)


def seasons_told(figures: SeriesFigures, language: Language) -> str:
    """Return the strongest and the weakest calendar months, or that the data is too short for that."""
    korean = language is KO
    if not figures.seasons:
        return (
            f"계절성을 보려면 {MIN_MONTHS_OF_SEASON}개월이 필요하지만 자료는 {len(figures.months)}개월입니다."
            if korean
            else f"Seasonality needs {MIN_MONTHS_OF_SEASON} months; there are {len(figures.months)}."
        )
    ranked = sorted(figures.seasons, key=lambda season: -season.index)

    def told(month: int, index: float) -> str:
        name = f"{month}월" if korean else calendar.month_name[month]
        return f"{name} ({(index - 1) * 100:+.0f}%)"

    high = ", ".join(told(season.month, season.index) for season in ranked[:SHOWN_SEASONS])
    low = ", ".join(told(season.month, season.index) for season in ranked[: -SHOWN_SEASONS - 1 : -1])
    years = min(season.years for season in figures.seasons)
    if korean:
        note = " 한 해씩만 측정되어 불확실합니다." if years == 1 else ""
        return f"계절성: 평균 달보다 높은 달은 {high}, 낮은 달은 {low}입니다.{note}"
    note = " Each was measured in one year only, so this is uncertain." if years == 1 else ""
    return f"Seasonality: highest against the average month are {high}; lowest are {low}.{note}"


def missing_told(figures: SeriesFigures, language: Language) -> str:
    """Return which months have no data; empty when none is missing."""
    if not figures.missing:
        return ""
    shown = ", ".join(f"{month:%Y-%m}" for month in figures.missing[:MAX_MISSING])
    more = "" if len(figures.missing) <= MAX_MISSING else " …"
    if language is KO:
        return f"자료가 없어 0으로 계산한 달: {shown}{more}."
    return f"Months without data, counted as 0: {shown}{more}."
