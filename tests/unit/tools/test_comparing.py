"""Two periods are compared like for like."""

from datetime import date

import pytest

from narutalk.languages import Language
from tools.comparing import Comparison, compared_periods
from tools.periods import Period, against_finder, resolve_against, resolve_period

TODAY = date(2026, 11, 16)
COVERED = Period(date(2023, 11, 1), date(2026, 10, 30))


@pytest.mark.parametrize(
    ("one", "other", "now", "before", "is_shortened"),
    [
        ("2026-Q3", "2025-Q3", "2026-Q3", "2025-Q3", False),
        ("last_year", "this_year", "2026", "2025-01..2025-10", True),
        ("this_year", "last_year", "2026", "2025-01..2025-10", True),
        ("2026-10", "2025-10", "2026-10", "2025-10", False),
        ("2026-Q3", "2025", "2026-Q3", "2025", False),
        ("2026-Q4", "year_before", "2026-Q4", "2025-10", True),
    ],
)
def test_the_later_one_is_asked_about(
    one: str, other: str, now: str, before: str, is_shortened: bool
) -> None:
    first = resolve_period(one, TODAY)
    found = compared_periods(first, resolve_against(other, first, TODAY), COVERED)
    assert found == (resolve_period(now, TODAY), resolve_period(before, TODAY), is_shortened)


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("{period} compared with the same quarter last year", "year_before"),
        ("{period} against a year ago", "year_before"),
        ("{period} 매출을 작년 같은 분기와 비교", "year_before"),
        ("전년 동기 대비 {period}", "year_before"),
        ("{period} versus 2025", "2025"),
        ("{period} 대비 올해", "this_year"),
        ("sales {period}", None),
    ],
)
def test_what_is_compared_with_is_found(sentence: str, value: str | None) -> None:
    found = against_finder(sentence)
    assert (found and found.value) == value


def test_a_leap_day_has_a_year_before() -> None:
    assert Period(date(2024, 2, 29), date(2024, 2, 29)).year_before() == Period(
        date(2023, 2, 28), date(2023, 2, 28)
    )


def test_it_is_told_with_difference_and_share() -> None:
    told = Comparison(
        start=date(2025, 1, 1), end=date(2025, 12, 31), amount_krw=1000, now_krw=1250, is_shortened=False
    )
    assert told.told(Language.EN) == (
        "Compared with 2025 (2025-01-01 – 2025-12-31): 1,000 KRW then, a change of +250 KRW, +25.0%."
    )
    assert "차이 +250원, +25.0%." in told.told(Language.KO)
