"""Attacks by subtraction: whatever is asked for, no set of fewer than five people can be computed from it.

Somebody asks for the attendance of every place, position and breakdown in every period, takes what they may
read row by row, and does linear algebra. The unknowns are the days of each person in each month.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from narutalk.identity import Identity
from tests.unit.services.employee.permission_worlds import (
    DEPARTMENTS,
    EARLIER,
    MONTH,
    POSITIONS,
    REGIONS,
    ROLES,
    TIES,
    Person,
    build_caller,
    companies,
    opened_company,
    sees,
)
from tools.employees.arguments import Measure, StatisticsArgs
from tools.employees.grouping import GroupBy
from tools.employees.results.counts import AttendanceStatistics
from tools.employees.suppression import MIN_PEOPLE
from tools.employees.tools import EmployeeWork

PERIODS = {"2026-09": (EARLIER,), "2026-10": (MONTH,), "2026-09..2026-10": (EARLIER, MONTH)}


class Sum(NamedTuple):
    """An answer: of whom and when, and how many days they were late, if that was told."""

    rows: frozenset[tuple[str, Any]]
    late: int | None


def _everything(work: EmployeeWork, who: Identity, people: list[Person]) -> Iterator[Sum]:
    sides = product((None, *DEPARTMENTS), (None, *REGIONS), (None, *POSITIONS))
    for (department, region, position), by, period in product(sides, GroupBy, PERIODS):
        asked = StatisticsArgs(
            measure=Measure.ATTENDANCE,
            department=department,
            region=region,
            position=position,
            group_by=by,
            period=period,
        )
        told = work.statistics(who, asked)
        assert isinstance(told, AttendanceStatistics)
        for group in (told.total, *told.groups):
            wanted = {"department": department, "region": region, "position": position}
            if group is not told.total:
                wanted[by.value] = group.key  # type: ignore[assignment]
            rows = frozenset(
                (person.id, month)
                for person in people
                for month in set(person.months) & set(PERIODS[period])
                if all(value in (None, getattr(person, side)) for side, value in wanted.items())
            )
            yield Sum(rows, None if group.withheld else group.late_days)


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
@given(companies(least=6, most=16, varied=True), ROLES, TIES)
def test_no_few_people_are_computed_from_all_that_is_told(
    people: list[Person], roles: Any, ties: list[str]
) -> None:
    who = build_caller(roles, ties)
    late = {person.id: person.late for person in people}
    with opened_company(people) as opened:
        sums = set(_everything(EmployeeWork(opened.store), who, people))

    seen = {person.id for person in people if sees(who, person, people)}
    for found in sums:
        if found.late is None:
            assert {person for person, _ in found.rows} - seen, "withheld though each row may be read"
        else:
            assert found.late == sum(late[person] for person, _ in found.rows)
    unknown = sorted({row for found in sums for row in found.rows if row[0] not in seen})
    told = {found.rows for found in sums if found.late is not None}
    matrix = np.array([[row in rows for row in unknown] for rows in told], int)
    rank = np.linalg.matrix_rank(matrix) if matrix.size else 0
    hidden = sorted({person for person, _ in unknown})
    for few in (few for size in range(1, MIN_PEOPLE) for few in combinations(hidden, size) if rank):
        others = matrix[:, [person not in few for person, _ in unknown]]
        assert (np.linalg.matrix_rank(others) if others.size else 0) == rank, few
