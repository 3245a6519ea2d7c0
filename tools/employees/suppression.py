"""Which sums over people are withheld, because they would tell about single persons.

A sum over fewer than `MIN_PEOPLE` people is withheld. So is what would give it away by subtraction: where
the withheld parts of a whole have fewer than `MIN_PEOPLE` people together, the next smallest part is too.
A cell is judged within every whole that it is a part of, whichever of them is asked for, so that asking part
by part tells no more than asking for the table.

Source: primary and complementary cell suppression, Hundepool et al., "Statistical Disclosure Control" (2012),
chapter 4. Not covered: subtracting the figures of one period from those of another.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MIN_PEOPLE = 5


class Cell(NamedTuple):
    """Employees by where they are; None for a side that is summed over."""

    department: str | None = None
    region: str | None = None
    position: str | None = None


def suppressed(people: Mapping[str, int]) -> frozenset[str]:
    """Return which parts of one whole are withheld.

    Args:
        people: How many people each part has; the parts do not overlap.
    """
    hidden = {key for key, count in people.items() if 0 < count < MIN_PEOPLE}
    rest = sorted((count, key) for key, count in people.items() if count >= MIN_PEOPLE)
    for _, key in rest:
        if not hidden or sum(people[other] for other in hidden) >= MIN_PEOPLE:
            break
        hidden.add(key)
    return frozenset(hidden)


class PeopleCube:
    """How many people have figures, by department, region and position.

    Args:
        counts: Of the finest cells, which name all three sides.
    """

    def __init__(self, counts: Iterable[tuple[Cell, int]]) -> None:
        self._counts = list(counts)

    def withholds(self, cell: Cell) -> bool:
        """Whether the sum over a cell is withheld from those who may not see each person's figures."""
        if 0 < self._people(cell) < MIN_PEOPLE:
            return True
        sides = [side for side in Cell._fields if getattr(cell, side) is not None]
        return any(getattr(cell, side) in suppressed(self._parts(cell, side)) for side in sides)

    def _people(self, cell: Cell) -> int:
        return sum(count for fine, count in self._counts if _lies_in(fine, cell))

    def _parts(self, cell: Cell, side: str) -> dict[str, int]:
        """Return the parts of the whole that a cell belongs to when one of its sides is left open."""
        whole = cell._replace(**{side: None})
        parts: dict[str, int] = {}
        for fine, count in self._counts:
            if _lies_in(fine, whole):
                key = getattr(fine, side)
                parts[key] = parts.get(key, 0) + count
        return parts


def _lies_in(fine: Cell, cell: Cell) -> bool:
    return all(wanted in (None, have) for wanted, have in zip(cell, fine, strict=True))
