"""Periods: what canonical strings mean, how they are found in sentences, and how they read."""

import re
from datetime import date, timedelta
from itertools import pairwise

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
    "2_months_ago": ("2026-09-01", "2026-09-30"),
    "3_quarters_ago": ("2026-01-01", "2026-03-31"),
    "1_weeks_ago": ("2026-11-09", "2026-11-15"),
    "5_days_ago": ("2026-11-17", "2026-11-17"),
    "tomorrow": ("2026-11-23", "2026-11-23"),
    "last quarter of 2025": ("2025-10-01", "2025-12-31"),
    "26년 4분기": ("2026-10-01", "2026-12-31"),
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
    "sales two months ago": "2_months_ago",
    "두 달 전 매출은?": "2_months_ago",
    "3분기 전에 비해": "3_quarters_ago",
    "the day before yesterday": "2_days_ago",
    "그저께 매출": "2_days_ago",
    "last quarter of 2025": "2025-Q4",
    "the last month of last year": "last_year-12",
    "작년 마지막 분기": "last_year-Q4",
    "25년 3분기 매출": "2025-Q3",
    "25년도 10월": "2025-10",
    "Q3 '25": "2025-Q3",
    "1분기 전체 매출": "Q1",
    "26년 전반기": "2026-H1",
    "최근 한 달 매출": "last_30_days",
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
    [
        "How are you?",
        "20년 근속",
        "10년 차",
        "전달해줘",
        "may I see the list",
        "C0042의 계약",
        "over 50000 units",
        "2000 boxes",
        "월요일 회의",
    ],
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
    st.tuples(st.integers(1, 24).map(str), st.sampled_from(["days", "weeks", "months", "quarters"])).map(
        lambda parts: f"{parts[0]}_{parts[1]}_ago"
    ),
    st.sampled_from(["year_to_date", "today", "yesterday", "tomorrow"]),
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


# The same words in both languages.
SAME = [
    ("last month", "지난달"),
    ("the previous month", "전월"),
    ("this month", "이번 달"),
    ("next month", "다음 달"),
    ("two months ago", "두 달 전"),
    ("the past month", "최근 한 달"),
    ("last quarter", "지난 분기"),
    ("this quarter", "이번 분기"),
    ("next quarter", "다음 분기"),
    ("two quarters ago", "2분기 전"),
    ("last half", "지난 반기"),
    ("this half", "이번 반기"),
    ("next half", "다음 반기"),
    ("first half", "상반기"),
    ("second half of last year", "작년 하반기"),
    ("last year", "작년"),
    ("this year", "올해"),
    ("next year", "내년"),
    ("the year before last", "재작년"),
    ("two years ago", "2년 전"),
    ("the past year", "최근 1년"),
    ("Q3 of last year", "작년 3분기"),
    ("the last quarter of last year", "작년 마지막 분기"),
    ("last week", "지난주"),
    ("this week", "이번 주"),
    ("next week", "다음 주"),
    ("yesterday", "어제"),
    ("the day before yesterday", "그저께"),
    ("today", "오늘"),
    ("tomorrow", "내일"),
    ("February 2024", "2024년 2월"),
    ("Q2", "2분기"),
    ("year to date", "올해 들어"),
    ("last 7 days", "최근 7일"),
    ("last two weeks", "최근 2주"),
    ("last 3 months", "최근 3개월"),
    ("last 2 quarters", "최근 2분기"),
    ("next 30 days", "향후 30일"),
    ("next 3 months", "앞으로 3개월"),
    ("within 60 days", "60일 이내"),
    ("by the end of the year", "연말까지"),
    ("by the end of the month", "월말까지"),
]
# Where a day is special: leap days, ends of years and months, the first of a week.
edges = st.sampled_from([(12, 31), (1, 1), (2, 28), (3, 1), (6, 30), (7, 1), (9, 30), (10, 1), (10, 31)])
todays = st.one_of(
    days,
    st.sampled_from([date(year, 2, 29) for year in range(2012, 2049, 4)]),
    st.builds(lambda year, edge: date(year, *edge), st.integers(2012, 2048), edges),
)


@given(st.sampled_from(SAME), todays)
def test_both_languages_say_the_same_period_whatever_the_day(words: tuple[str, str], today: date) -> None:
    english, korean = (resolve_period(text, today) for text in words)
    assert english == korean


UNITS = ["week", "month", "quarter", "half", "year"]
DAY = timedelta(days=1)


@given(st.sampled_from(UNITS), todays, st.integers(2, 40))
def test_units_lie_side_by_side_without_gap_or_overlap(unit: str, today: date, count: int) -> None:
    last, this, following = (resolve_period(f"{which}_{unit}", today) for which in ("last", "this", "next"))

    assert today in this
    assert last.end + DAY == this.start
    assert this.end + DAY == following.start
    earlier, later = (resolve_period(f"{back}_{unit}s_ago", today) for back in (count, count - 1))
    assert earlier.end + DAY == later.start
    assert resolve_period(f"1_{unit}s_ago", today) == last


@given(canonical_strings, todays)
def test_the_period_before_ends_the_day_before_and_is_as_long(text: str, today: date) -> None:
    period = resolve_period(text, today)
    before = period.before()

    assert before.end + DAY == period.start
    is_whole = period.start.day == 1 and (period.end + DAY).day == 1
    if is_whole:
        assert len(before.months()) == len(period.months())
        assert before.start.day == 1
    else:
        assert before.end - before.start == period.end - period.start


@given(canonical_strings, todays, days)
def test_both_ends_belong_to_a_period(text: str, today: date, day: date) -> None:
    period = resolve_period(text, today)

    assert period.start in period
    assert period.end in period
    assert period.start - DAY not in period
    assert period.end + DAY not in period
    assert (day in period) is (period.start <= day <= period.end)
    months = period.months()
    assert (months[0], months[-1]) == (period.start.replace(day=1), period.end.replace(day=1))
    assert all((later - one).days in range(28, 32) for one, later in pairwise(months))


@given(st.integers(2012, 2048))
def test_the_parts_of_a_year_make_the_year(year: int) -> None:
    whole = resolve_period(str(year), TODAY)
    for parts in (
        [f"{year}-{month:02}" for month in range(1, 13)],
        [f"{year}-Q{quarter}" for quarter in range(1, 5)],
        [f"{year}-H1", f"{year}-H2"],
    ):
        found = [resolve_period(part, TODAY) for part in parts]
        assert (found[0].start, found[-1].end) == (whole.start, whole.end)
        assert all(one.end + DAY == later.start for one, later in pairwise(found))
