"""The sample company's attendance and half-yearly reviews."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple

from tools.sample_company.business_days import business_days, months_between
from tools.sample_company.company import FIRST_DAY, LAST_DAY
from tools.sample_company.people import Person

Row = dict[str, Any]


class Half(NamedTuple):
    name: str
    first: date
    last: date


HALVES = (
    Half("2023-H2", date(2023, 11, 1), date(2023, 12, 31)),
    *(
        half
        for year in (2024, 2025)
        for half in (
            Half(f"{year}-H1", date(year, 1, 1), date(year, 6, 30)),
            Half(f"{year}-H2", date(year, 7, 1), date(year, 12, 31)),
        )
    ),
    Half("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
)
MIN_DAYS_FOR_REVIEW = 90

# What a review says, by the lowest score it fits.
SUMMARIES = (
    (
        4.5,
        "Outstanding results; ready for more responsibility.",
        "탁월한 성과를 냈으며 더 큰 역할을 맡을 준비가 되어 있음.",
    ),
    (
        4.5,
        "Exceeded every goal and helped colleagues to reach theirs.",
        "모든 목표를 초과 달성하고 동료의 목표 달성도 도움.",
    ),
    (
        3.8,
        "Reliable above expectations; clear communication with partners.",
        "기대 이상으로 안정적이며 협력사와의 소통이 명확함.",
    ),
    (
        3.8,
        "Strong half-year with well-planned work.",
        "계획적인 업무로 좋은 반기를 보냄.",
    ),
    (
        3.0,
        "Met the goals; planning could start earlier.",
        "목표를 달성함. 계획 수립을 더 앞당길 필요가 있음.",
    ),
    (
        3.0,
        "Solid work; should share knowledge more widely.",
        "업무가 견실함. 지식을 더 널리 공유할 필요가 있음.",
    ),
    (
        2.2,
        "Some goals were missed; agreed on monthly check-ins.",
        "일부 목표에 미달하여 월별 점검을 하기로 합의함.",
    ),
    (
        2.2,
        "Needs more care with records and deadlines.",
        "기록과 기한 관리에 더 주의가 필요함.",
    ),
    (
        1.0,
        "Results stayed well below the goals; an improvement plan is in place.",
        "성과가 목표에 크게 못 미쳐 개선 계획을 시행 중임.",
    ),
)


def generate_attendance(random: Random, people: Sequence[Person]) -> list[Row]:
    """Return the rows of `attendance`: one for each person and month with at least one working day."""
    rows = []
    for person in people:
        for month in months_between(
            max(FIRST_DAY, person.hire_date), min(LAST_DAY, person.left_date or LAST_DAY)
        ):
            days = [
                day
                for day in business_days(month)
                if day >= person.hire_date and (person.left_date is None or day <= person.left_date)
            ]
            if days:
                rows.append(_attendance(random, person, month, len(days)))
    return rows


def generate_reviews(
    random: Random, people: Sequence[Person], monthly_sales: Sequence[Mapping[str, Any]]
) -> list[Row]:
    """Return the rows of `reviews`; in Sales the attainment counts for half of the score."""
    attainment = _attainment(monthly_sales)
    rows = []
    for person in people:
        for half in HALVES:
            until = min(half.last, person.left_date or half.last, person.away_from or half.last)
            if until < half.last or (half.last - person.hire_date).days < MIN_DAYS_FOR_REVIEW:
                continue
            merit = 0.7 * person.skill + 0.3 * random.random()
            if (reached := attainment.get((person.id, half.name))) is not None:
                merit = 0.5 * merit + 0.5 * min(max((reached - 0.7) / 0.6, 0.0), 1.0)
            score = round(min(5.0, max(1.0, 1.8 + 3.1 * merit + random.uniform(-0.3, 0.3))), 1)
            lowest = next(low for low, _, _ in SUMMARIES if score >= low)
            _, english, korean = random.choice([entry for entry in SUMMARIES if entry[0] == lowest])
            rows.append(
                {
                    "employee_id": person.id,
                    "half": half.name,
                    "score": score,
                    "summary_en": english,
                    "summary_ko": korean,
                }
            )
    return rows


def _attendance(random: Random, person: Person, month: date, working: int) -> Row:
    sick = min(working, random.choices((0, 1, 2, 4), (86, 9, 4, 1))[0])
    leave = min(
        working - sick, random.choices((0, 1, 2, 3, 5), (34, 34, 18, 9, 5 if month.month == 8 else 2))[0]
    )
    if person.away_from and month >= person.away_from:
        sick, leave = 0, working
    present = working - sick - leave
    is_late = random.random() < 0.32 - 0.22 * person.skill
    late = min(present, random.randrange(1, 5)) if is_late else 0
    busy = 1.6 if month.month in (3, 6, 9, 12) else 1.0
    overtime = round(present * random.uniform(0, 0.9) * busy) if present else 0
    return {
        "employee_id": person.id,
        "month": month,
        "working_days": working,
        "present_days": present,
        "late_days": late,
        "leave_days": leave,
        "sick_days": sick,
        "overtime_hours": overtime,
    }


def _attainment(monthly_sales: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Return sales over target by person and half-year."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in monthly_sales:
        month = row["month"]
        half = sums[row["employee_id"], f"{month.year}-H{1 if month.month <= 6 else 2}"]
        half[0] += row["amount_krw"]
        half[1] += row["target_krw"]
    return {key: amount / target for key, (amount, target) in sums.items()}
