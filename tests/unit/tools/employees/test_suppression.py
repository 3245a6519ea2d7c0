"""Sums over few people are withheld, and no sum over few people can be computed from all that are open."""

from datetime import date
from itertools import chain, combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.employees.suppression import (
    MIN_PEOPLE,
    TOTAL,
    Cell,
    HiddenPeople,
    Table,
    open_crossings,
    open_margins,
)
from tools.sample_company.generate import generate

MONTH, NEXT_MONTH = date(2026, 9, 1), date(2026, 10, 1)
TABLES = st.dictionaries(
    st.builds(Cell, st.sampled_from("ABC"), st.sampled_from("xyzw"), st.none()),
    st.integers(0, 9) | st.integers(1, 4),
    min_size=1,
)


def _table(people: dict[Cell, int]) -> Table:
    return frozenset(people.items())


def _lies_in(crossing: Cell, cell: Cell) -> bool:
    return cell.department in (None, crossing.department) and cell.region in (None, crossing.region)


def _gives_away(opened: frozenset[Cell], people: dict[Cell, int]) -> list[set[Cell]]:
    """Return the crossings with few people together about which a combination of open sums tells, alone.

    By linear algebra: such a combination is 0 in all other columns, so those have a smaller rank.
    """
    columns = [cell for cell, count in people.items() if count]
    matrix = np.array(
        [[_lies_in(column, cell) for column in columns] for cell in sorted(opened, key=str)], int
    )
    if not matrix.size:
        return []
    rank = np.linalg.matrix_rank(matrix)
    small = [column for column in columns if people[column] < MIN_PEOPLE]
    groups = chain.from_iterable(combinations(small, size) for size in range(1, MIN_PEOPLE))
    return [
        set(group)
        for group in groups
        if sum(people[column] for column in group) < MIN_PEOPLE
        and np.linalg.matrix_rank(matrix[:, [column not in group for column in columns]]) < rank
    ]


@given(TABLES)
def test_nothing_about_few_people_can_be_computed_from_what_is_open(people: dict[Cell, int]) -> None:
    opened = open_crossings(_table(people))

    assert _gives_away(opened, people) == []
    assert open_margins(_table(people)) <= opened


@given(TABLES)
def test_one_more_sum_would_give_few_people_away(people: dict[Cell, int]) -> None:
    opened = open_crossings(_table(people))
    closed = {cell for cell, count in people.items() if count} - opened

    for cell in closed:
        assert _gives_away(opened | {cell}, people), cell


@given(TABLES.map(lambda people: {cell: count + MIN_PEOPLE for cell, count in people.items()}))
def test_nothing_is_withheld_where_every_part_has_enough_people(people: dict[Cell, int]) -> None:
    opened = open_crossings(_table(people))

    assert opened >= people.keys()
    assert opened >= {TOTAL, *(Cell(department=c.department) for c in people)}
    assert opened >= {Cell(region=c.region) for c in people}


def test_a_department_less_its_part_in_a_region_tells_of_nobody() -> None:
    """Both have enough people, and what is left between them has not."""
    people = {Cell("LAB", "DAE"): 6, Cell("SAL", "DAE"): 1, Cell("SAL", "SEO"): 9}

    opened = open_crossings(_table(people))

    assert Cell(department="LAB") in opened
    assert Cell(region="DAE") not in opened, "of which the laboratory is all but one"
    assert Cell("SAL", "SEO") not in opened


def _hidden(*months: tuple[date, dict[Cell, int]]) -> HiddenPeople:
    return HiddenPeople((month, cell, count) for month, people in months for cell, count in people.items())


def test_a_period_less_a_shorter_one_tells_of_nobody() -> None:
    few, enough = {Cell("LAB", "DAE", "manager"): 4}, {Cell("LAB", "DAE", "manager"): 5}
    lab = Cell(department="LAB")

    assert not _hidden((NEXT_MONTH, enough)).withhold(lab)
    assert _hidden((MONTH, few)).withhold(lab)
    assert _hidden((MONTH, few), (NEXT_MONTH, enough)).withhold(lab), "less October it is September"


def test_what_somebody_may_read_row_by_row_is_told_however_few_they_are() -> None:
    hidden = _hidden((MONTH, {Cell("LAB", "DAE", "manager"): 0, Cell("SAL", "SEO", "manager"): 9}))

    assert not hidden.withhold(Cell("LAB", "DAE", "manager"))
    assert not hidden.withhold(Cell(department="LAB"))


def test_positions_are_withheld() -> None:
    hidden = _hidden((MONTH, {Cell("SAL", "SEO", "manager"): 9, Cell("SAL", "SEO", "associate"): 9}))

    assert not hidden.withhold(Cell("SAL", "SEO"))
    assert hidden.withhold(Cell(position="manager"))
    assert hidden.withhold(Cell("SAL", "SEO", "manager"))


def test_departments_and_regions_of_the_sample_company_are_open() -> None:
    sample_data = generate()
    places = {row["id"]: (row["department_code"], row["region_code"]) for row in sample_data.employees}
    people: dict[Cell, int] = {}
    for row in sample_data.attendance:
        if row["month"] == NEXT_MONTH:
            cell = Cell(*places[row["employee_id"]])
            people[cell] = people.get(cell, 0) + 1

    opened = open_crossings(_table(people))

    assert {cell.department for cell in opened} == {None, *(code for code, _ in places.values())}
    assert {cell.region for cell in opened} == {None, *(code for _, code in places.values())}
    assert Cell("SAL", "SEO") in opened
    assert Cell("MKT", "SEO") not in opened, "one person of the department is elsewhere"
