"""Periods: what canonical strings mean, how they are found in sentences, and how they read."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narutalk.errors import RetryWithFix
from narutalk.languages import Language
from tools.periods import Period, period_behind, period_finder, resolve_period

TODAY = date(2026, 11, 22)

MEANINGS = {
    "2026": ("2026-01-01", "2026-12-31"),
    "2026-Q3": ("2026-07-01", "2026-09-30"),
    "2024-02": ("2024-02-01", "2024-02-29"),
    "2025-H1": ("2025-01-01", "2025-06-30"),
    "2026-10-05": ("2026-10-05", "2026-10-05"),
    "Q4": ("2026-10-01", "2026-12-31"),
    "12": ("2025-12-01", "2025-12-31"),
    "10": ("2026-10-01", "2026-10-31"),
    "H2": ("2026-07-01", "2026-12-31"),
    "2026-01-01..2026-03-31": ("2026-01-01", "2026-03-31"),
    "2026-01..2026-03": ("2026-01-01", "2026-03-31"),
    "11..02": ("2025-11-01", "2026-02-28"),
    "2026-08..today": ("2026-08-01", "2026-11-22"),
    "last_month": ("2026-10-01", "2026-10-31"),
    "this_month": ("2026-11-01", "2026-11-30"),
    "last_quarter": ("2026-07-01", "2026-09-30"),
    "this_quarter": ("2026-10-01", "2026-12-31"),
    "last_half": ("2026-01-01", "2026-06-30"),
    "this_half": ("2026-07-01", "2026-12-31"),
    "last_year": ("2025-01-01", "2025-12-31"),
    "this_year": ("2026-01-01", "2026-12-31"),
    "2_years_ago": ("2024-01-01", "2024-12-31"),
    "next_month": ("2026-12-01", "2026-12-31"),
    "next_quarter": ("2027-01-01", "2027-03-31"),
    "next_year": ("2027-01-01", "2027-12-31"),
    "next_30_days": ("2026-11-22", "2026-12-21"),
    "next_3_months": ("2026-12-01", "2027-02-28"),
    "today..this_year": ("2026-11-22", "2026-12-31"),
    "last_year-Q3": ("2025-07-01", "2025-09-30"),
    "last_7_days": ("2026-11-16", "2026-11-22"),
    "last_week": ("2026-11-09", "2026-11-15"),
    "last_6_months": ("2026-05-01", "2026-10-31"),
    "last_12_months": ("2025-11-01", "2026-10-31"),
    "year_to_date": ("2026-01-01", "2026-11-22"),
    "year_before:year_to_date": ("2025-01-01", "2025-11-22"),
    "year_before:last_quarter": ("2025-07-01", "2025-09-30"),
    "year_before:2025-02": ("2024-02-01", "2024-02-29"),
    "year_before:2024-02-29": ("2023-02-28", "2023-02-28"),
    "third quarter of 2026": ("2026-07-01", "2026-09-30"),
    "2026년 3분기": ("2026-07-01", "2026-09-30"),
    "Last Month": ("2026-10-01", "2026-10-31"),
}

SENTENCES = {
    "and in the same period last year?": "year_before:year_to_date",
    "작년 같은 기간 매출은?": "year_before:year_to_date",
    "전년 동기 대비": "year_before:year_to_date",
    "how much did we sell last month?": "last_month",
    "sales in Q3": "Q3",
    "Q3 2026 sales": "2026-Q3",
    "Third quarter of 2025 by region": "2025-Q3",
    "October 2026 results": "2026-10",
    "and Oct?": "10",
    "totals in 2025": "2025",
    "first half of 2026": "2026-H1",
    "sales year to date": "year_to_date",
    "from 2026-01-01 to 2026-03-31": "2026-01-01..2026-03-31",
    "the past 6 months": "last_6_months",
    "over the last three months": "last_3_months",
    "last year's Q3": "last_year-Q3",
    "Q3 of last year": "last_year-Q3",
    "from January to March 2026": "2026-01..2026-03",
    "between Q1 and Q2 2026": "2026-Q1..2026-Q2",
    "since January 2026": "2026-01..today",
    "sales in May": "05",
    "ending next month": "next_month",
    "within 60 days": "next_60_days",
    "in the next three months": "next_3_months",
    "expire by the end of the year": "today..this_year",
    "다음 달 만료": "next_month",
    "향후 3개월": "next_3_months",
    "60일 이내에 만료": "next_60_days",
    "연말까지": "today..this_year",
    "올해 안에": "today..this_year",
    "내년 상반기": "next_year-H1",
    "지난달 매출": "last_month",
    "이번 달 매출": "this_month",
    "전월 대비": "last_month",
    "지난 분기에 얼마": "last_quarter",
    "3분기에는?": "Q3",
    "2026년 3분기 매출": "2026-Q3",
    "작년 매출": "last_year",
    "올해 매출": "this_year",
    "재작년은?": "2_years_ago",
    "2025년": "2025",
    "10월은?": "10",
    "2026년 10월": "2026-10",
    "상반기 실적": "H1",
    "작년 하반기": "last_year-H2",
    "최근 6개월 동안": "last_6_months",
    "올해 들어": "year_to_date",
    "2026년 1월부터 3월까지": "2026-01..2026-03",
    "1~3월 매출": "01..03",
    "최근 석 달": "last_3_months",
}


@pytest.mark.parametrize(("text", "days"), MEANINGS.items())
def test_a_period_means_its_days(text: str, days: tuple[str, str]) -> None:
    assert resolve_period(text, TODAY) == Period(*map(date.fromisoformat, days))


@pytest.mark.parametrize(("sentence", "canonical"), SENTENCES.items())
def test_a_period_is_found_in_a_sentence(sentence: str, canonical: str) -> None:
    found = period_finder(sentence)
    assert found is not None
    assert found.value == canonical
    resolve_period(found.value, TODAY)


@pytest.mark.parametrize(
    "sentence",
    ["How are you?", "may I see the list", "C0042의 계약", "over 50000 units", "2000 boxes", "월요일 회의"],
)
def test_no_period_is_found_where_there_is_none(sentence: str) -> None:
    assert period_finder(sentence) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13", "2026-02-30", "2026-03-31..2026-01-01", "9999-Q1", "last_0_days"]
)
def test_what_is_no_period_can_be_mended_by_the_model(text: str) -> None:
    with pytest.raises(RetryWithFix):
        resolve_period(text, TODAY)


def test_labels_name_calendar_units() -> None:
    quarter = resolve_period("2026-Q3", TODAY)
    assert quarter.label(Language.EN) == "Q3 2026 (2026-07-01 – 2026-09-30)"
    assert quarter.label(Language.KO) == "2026년 3분기 (2026-07-01 – 2026-09-30)"
    assert resolve_period("2025-H2", TODAY).label(Language.KO) == "2025년 하반기 (2025-07-01 – 2025-12-31)"
    assert resolve_period("2026-10", TODAY).label(Language.EN) == "October 2026 (2026-10-01 – 2026-10-31)"
    assert resolve_period("2025", TODAY).label(Language.KO) == "2025년 (2025-01-01 – 2025-12-31)"
    assert resolve_period("last_7_days", TODAY).label(Language.EN) == "2026-11-16 – 2026-11-22"


def test_months_and_the_period_before() -> None:
    assert resolve_period("11..02", TODAY).months() == [
        date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip
    assert resolve_period("2026-Q1", TODAY).before() == resolve_period("2025-Q4", TODAY)
    assert resolve_period("last_7_days", TODAY).before() == Period(date(2026, 11, 9), date(2026, 11, 15))


years = st.integers(2011, 2049).map(str)
units = st.one_of(
    st.integers(1, 4).map("Q{}".format),
    st.integers(1, 2).map("H{}".format),
    st.integers(1, 12).map("{:02}".format),
)
relative_years = st.sampled_from(["last_year", "this_year", "next_year", "2_years_ago"])
canonical_strings = st.one_of(
    years,
    units,
    relative_years,
    st.tuples(st.one_of(years, relative_years), units).map("-".join),
    st.tuples(
        st.sampled_from(["last", "this", "next"]),
        st.sampled_from(["week", "month", "quarter", "half", "year"]),
    ).map("_".join),
    st.tuples(st.integers(1, 36).map(str), st.sampled_from(["days", "weeks", "months", "quarters"])).map(
        lambda parts: f"last_{parts[0]}_{parts[1]}"
    ),
    st.sampled_from(["year_to_date", "today", "yesterday"]),
)
days = st.dates(date(2012, 1, 1), date(2048, 12, 31))


@given(canonical_strings, days)
def test_every_canonical_string_resolves(text: str, today: date) -> None:
    period = resolve_period(text, today)
    assert period.start <= period.end
    assert resolve_period(period.canonical, today) == period
    if re.fullmatch(r"Q\d|H\d|\d\d", text):
        assert period.start <= today


@given(canonical_strings, days, st.sampled_from(list(Language)))
def test_labels_are_read_back_as_the_same_period(text: str, today: date, language: Language) -> None:
    period = resolve_period(text, today)
    if period.start.year < 2010:
        return
    found = period_finder(period.label(language))
    assert found is not None
    assert resolve_period(found.value, today) == period


@given(days, days)
def test_any_range_is_found_again(one: date, other: date) -> None:
    period = Period(min(one, other), max(one, other))
    found = period_finder(f"sales from {period.start} to {period.end} by region")
    assert found is not None
    assert resolve_period(found.value, TODAY) == period


def test_the_same_period_is_that_of_the_question_before() -> None:
    found = period_finder("and the same period last year?")
    assert found is not None
    assert period_behind("last_quarter", found.value) == "year_before:last_quarter"
    assert period_behind("year_before:last_quarter", found.value) == "year_before:last_quarter"
    assert period_behind("last_quarter", "2025") == "2025"
