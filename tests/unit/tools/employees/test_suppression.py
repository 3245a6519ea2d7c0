"""Sums over few people are withheld, and cannot be computed from those that are shown."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from tools.employees.suppression import MIN_PEOPLE, Cell, PeopleCube, suppressed

PARTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30), min_size=1)
CUBE = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.sampled_from("12"), st.integers(0, 9)),
    unique_by=lambda row: row[:3],
)


@given(PARTS)
def test_what_can_be_computed_from_a_whole_and_its_shown_parts_has_enough_people(
    people: dict[str, int],
) -> None:
    hidden = suppressed(people)

    assert {key for key, count in people.items() if 0 < count < MIN_PEOPLE} <= hidden
    left = sum(people[key] for key in hidden)
    assert left == 0 or left >= MIN_PEOPLE or left == sum(people.values())


@given(PARTS)
def test_no_part_is_withheld_for_nothing(people: dict[str, int]) -> None:
    hidden = suppressed(people)
    few = {key for key in hidden if people[key] < MIN_PEOPLE}

    assert not hidden or few
    # Without the largest part that was added, too few would be left.
    added = sorted(hidden - few, key=lambda key: people[key])
    assert not added or sum(people[key] for key in hidden - {added[-1]}) < MIN_PEOPLE


@given(CUBE)
def test_asking_part_by_part_tells_no_more_than_the_whole(rows: list[tuple[str, str, str, int]]) -> None:
    cube = PeopleCube((Cell(*row[:3]), row[3]) for row in rows)
    departments: dict[str, int] = {}
    for department, _, _, count in rows:
        departments[department] = departments.get(department, 0) + count
    shown = {name for name in departments if not cube.withholds(Cell(department=name))}

    assert shown.isdisjoint(suppressed(departments))
    whole = sum(departments.values())
    for size in range(1, len(shown) + 1):
        for asked in combinations(sorted(shown), size):
            rest = whole - sum(departments[name] for name in asked)
            assert cube.withholds(Cell()) or rest == 0 or rest >= MIN_PEOPLE
