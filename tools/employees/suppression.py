"""Which sums over people are withheld, because they would tell about single persons.

A sum is open where neither it nor anything that can be computed from it and all other open sums is about
fewer than `MIN_PEOPLE` people whose rows the asker may not read. It is decided for each month, from how many
such people there are in each department and region, and does not depend on what is asked for: asking part by
part, or for one period and then for a longer one, tells no more.

Source: D. Gusfield, "A Graph Theoretic Approach to Statistical Data Security", SIAM Journal on Computing 17
(1988). Departments and regions are vertices, and every crossing of the two that is not open is an edge as
heavy as it has people. What open sums tell are the cuts of this graph: a part of the people can be computed
exactly where their edges are a cut. So it is safe while no cut is lighter than `MIN_PEOPLE`, but for those of
weight 0. Three sides have no such test, so sums by position are withheld.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

MIN_PEOPLE = 5
KEPT_TABLES = 512


class Cell(NamedTuple):
    """Employees by where they are; None for a side that is summed over."""

    department: str | None = None
    region: str | None = None
    position: str | None = None


TOTAL = Cell()
# No code is empty: these stand for all departments, and all regions, whose sums are not open.
OTHER_DEPARTMENTS, OTHER_REGIONS = Cell(department=""), Cell(region="")
Table = frozenset[tuple[Cell, int]]
"""How many people each crossing of a department and a region has."""


class HiddenPeople:
    """The people whose rows somebody may not read.

    Args:
        counts: How many there are, by month and finest cell, which names all three sides.
    """

    def __init__(self, counts: Iterable[tuple[date, Cell, int]]) -> None:
        self._months: dict[date, list[tuple[Cell, int]]] = defaultdict(list)
        for month, cell, people in counts:
            self._months[month].append((cell, people))

    def withhold(self, cell: Cell) -> bool:
        """Whether the sum over a cell and all months is withheld: it is in one of them."""
        return any(_withheld(cell, fine) for fine in self._months.values())


def _withheld(cell: Cell, fine: list[tuple[Cell, int]]) -> bool:
    if not any(people for found, people in fine if _lies_in(found, cell)):
        return False
    crossings: dict[Cell, int] = defaultdict(int)
    for found, people in fine:
        crossings[found._replace(position=None)] += people
    table = frozenset(crossings.items())
    is_crossing = cell.department is not None and cell.region is not None
    # What names a position is in neither.
    return cell not in (open_crossings(table) if is_crossing else open_margins(table))


@lru_cache(maxsize=KEPT_TABLES)
def open_margins(table: Table) -> frozenset[Cell]:
    """Return the total, departments and regions whose sums are open: as many people as possible first."""
    if sum(people for _, people in table) < MIN_PEOPLE:
        return frozenset()
    opened = {TOTAL}
    for side, others in (("department", OTHER_DEPARTMENTS), ("region", OTHER_REGIONS)):
        for margin in _largest_first(_summed(table, side)):
            edges = _edges(table, opened | {margin})
            if _is_safe(_flow(edges, margin, others)):
                opened.add(margin)
    return frozenset(opened)


@lru_cache(maxsize=KEPT_TABLES)
def open_crossings(table: Table) -> frozenset[Cell]:
    """Return the crossings of a department and a region whose sums are open beside `open_margins`."""
    opened = set(open_margins(table))
    crossings = {cell: people for cell, people in table if opened and people >= MIN_PEOPLE}
    for crossing in _largest_first(crossings):
        edges = _edges(table, opened | {crossing})
        if _is_safe(_flow(edges, *_ends(crossing, opened))):
            opened.add(crossing)
    return frozenset(opened)


def _is_safe(flow: int) -> bool:
    """Whether the lightest cut between the two vertices that a sum parts is none, or heavy enough.

    Cuts that do not part them were cuts before the sum was opened, and are safe since then.
    """
    return flow == 0 or flow >= MIN_PEOPLE


def _edges(table: Table, opened: Iterable[Cell]) -> dict[tuple[Cell, Cell], int]:
    known = set(opened)
    edges: dict[tuple[Cell, Cell], int] = defaultdict(int)
    for crossing, people in table:
        if people and crossing not in known:
            edges[_ends(crossing, known)] += people
    return edges


def _ends(crossing: Cell, opened: set[Cell]) -> tuple[Cell, Cell]:
    department, region = Cell(department=crossing.department), Cell(region=crossing.region)
    return (
        department if department in opened else OTHER_DEPARTMENTS,
        region if region in opened else OTHER_REGIONS,
    )


def _flow(edges: Mapping[tuple[Cell, Cell], int], source: Cell, sink: Cell) -> int:
    """Return the weight of the lightest cut between two vertices; where it is heavy enough, some such weight.

    By augmenting paths, the shortest first (Edmonds & Karp, 1972).
    """
    left: dict[Cell, dict[Cell, int]] = defaultdict(lambda: defaultdict(int))
    for (one, other), people in edges.items():
        left[one][other] += people
        left[other][one] += people
    flow = 0
    while flow < MIN_PEOPLE and (path := _path(left, source, sink)):
        narrowest = min(left[one][other] for one, other in pairwise(path))
        for one, other in pairwise(path):
            left[one][other] -= narrowest
            left[other][one] += narrowest
        flow += narrowest
    return flow


def _path(left: Mapping[Cell, Mapping[Cell, int]], source: Cell, sink: Cell) -> list[Cell]:
    """Return the vertices of a shortest path with something left on each edge; none where there is none."""
    came_from: dict[Cell, Cell] = {source: source}
    waiting = deque([source])
    while waiting and sink not in came_from:
        vertex = waiting.popleft()
        for neighbour, people in left[vertex].items():
            if people and neighbour not in came_from:
                came_from[neighbour] = vertex
                waiting.append(neighbour)
    if sink not in came_from:
        return []
    path = [sink]
    while path[-1] != source:
        path.append(came_from[path[-1]])
    return path[::-1]


def _summed(table: Table, side: str) -> dict[Cell, int]:
    sums: dict[Cell, int] = defaultdict(int)
    for crossing, people in table:
        sums[Cell(**{side: getattr(crossing, side)})] += people
    return {margin: people for margin, people in sums.items() if people >= MIN_PEOPLE}


def _largest_first(people: Mapping[Cell, int]) -> Iterator[Cell]:
    yield from sorted(people, key=lambda cell: (-people[cell], cell.department or "", cell.region or ""))


def _lies_in(fine: Cell, cell: Cell) -> bool:
    return all(wanted in (None, have) for wanted, have in zip(cell, fine, strict=True))
