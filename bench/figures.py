"""Percentiles, and one side against the other."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel


class Comparison(BaseModel):
    """Two sides of one measurement, in milliseconds.

    Attributes:
        name: What was measured.
        count: Measurements of each side.
        one_p50_ms: Median of the one process.
        one_p95_ms: 95th percentile of the one process.
        all_p50_ms: Median through all processes.
        all_p95_ms: 95th percentile through all processes.
        ratio: Of the medians.
        added_p50_ms: Difference of the medians.
    """

    name: str
    count: int
    one_p50_ms: float
    one_p95_ms: float
    all_p50_ms: float
    all_p95_ms: float
    ratio: float
    added_p50_ms: float


class Sides(NamedTuple):
    """The measurements of both sides, in milliseconds, taken in turns."""

    one: list[float]
    all: list[float]


def compare(name: str, sides: Sides) -> Comparison:
    """Return both sides' percentiles, and how they compare."""
    one_p50, all_p50 = percentile(sides.one, 50), percentile(sides.all, 50)
    return Comparison(
        name=name,
        count=len(sides.one),
        one_p50_ms=round(one_p50, 1),
        one_p95_ms=round(percentile(sides.one, 95), 1),
        all_p50_ms=round(all_p50, 1),
        all_p95_ms=round(percentile(sides.all, 95), 1),
        ratio=round(all_p50 / one_p50, 2),
        added_p50_ms=round(all_p50 - one_p50, 1),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, interpolated linearly between the two nearest ranks.

    Args:
        values: At least one.
        percent: 0 to 100.
    """
    ordered = sorted(values)
    rank = (len(ordered) - 1) * percent / 100
    below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    return below + (above - below) * (rank - math.floor(rank))
