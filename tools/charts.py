"""Vega-Lite specs of the charts that tools give beside their tables. The data is inline.

A chart that would be too big is none: the table says it all.
"""

from collections.abc import Sequence
from typing import Any, Literal

from narutalk.events import Chart, drawable_charts

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
MAX_POINTS = 120
COLOUR = "#2563eb"
ACCENT = "#f59e0b"

Row = dict[str, str | float | int]


def line_chart(title: str, points: Sequence[tuple[str, float]], *, x: str, y: str) -> Chart | None:
    """Return a line over time.

    Args:
        title: Of the chart.
        points: An ISO date and a value each, in order; the last `MAX_POINTS` are drawn.
        x: Title of the time axis.
        y: Title of the value axis.
    """
    rows: list[Row] = [{"x": when, "y": value} for when, value in points[-MAX_POINTS:]]
    encoding = {
        # A date is midnight in UTC: west of it, the local time would be the day before.
        "x": {"field": "x", "type": "temporal", "title": x, "scale": {"type": "utc"}},
        "y": {"field": "y", "type": "quantitative", "title": y},
        "tooltip": [
            {"field": "x", "title": x},
            {"field": "y", "type": "quantitative", "format": ",.0f", "title": y},
        ],
    }
    return _chart(
        title, rows, {"mark": {"type": "line", "point": True, "color": COLOUR}, "encoding": encoding}
    )


def bar_chart(
    title: str, bars: Sequence[tuple[str, float]], *, x: str, y: str, direction: Literal["h", "v"] = "h"
) -> Chart | None:
    """Return bars in the order given.

    Args:
        title: Of the chart.
        bars: A label and a value each; the first `MAX_POINTS` are drawn.
        x: Title of the labels' axis.
        y: Title of the values' axis.
        direction: "h": labels on the left, for long ones; "v": labels below.
    """
    rows: list[Row] = [{"x": label, "y": value} for label, value in bars[:MAX_POINTS]]
    labels = {"field": "x", "type": "nominal", "title": x, "sort": None}
    values = {"field": "y", "type": "quantitative", "title": y}
    encoding: dict[str, Any] = {
        "x": values if direction == "h" else labels,
        "y": labels if direction == "h" else values,
        "tooltip": [
            *([{"field": "x", "title": x}] if x else []),
            {"field": "y", "type": "quantitative", "format": ",.2~f", "title": y},
        ],
    }
    return _chart(title, rows, {"mark": {"type": "bar", "color": COLOUR}, "encoding": encoding})


def pareto_chart(title: str, shares: Sequence[tuple[int, float, float]], *, x: str, y: str) -> Chart | None:
    """Return bars with the line of their running sum.

    Args:
        title: Of the chart.
        shares: The rank from 1, its share and the running share in percent.
        x: Title of the ranks' axis.
        y: Title of the shares' axis.
    """
    step = max(1, -(-len(shares) // MAX_POINTS))
    rows: list[Row] = [{"x": rank, "y": share, "sum": running} for rank, share, running in shares[::step]]
    last = rows[-1]["x"] if rows else 1
    rank = {"field": "x", "type": "quantitative", "title": x, "scale": {"domain": [0, last], "nice": False}}
    layers = [
        {"mark": {"type": "bar", "color": COLOUR}, "encoding": {"x": rank, "y": _percent("y", y)}},
        {"mark": {"type": "line", "color": ACCENT}, "encoding": {"x": rank, "y": _percent("sum", y)}},
    ]
    return _chart(title, rows, {"layer": layers})


def _percent(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title}


def _chart(title: str, rows: list[Row], drawing: dict[str, Any]) -> Chart | None:
    spec = {
        "$schema": SCHEMA,
        "title": title,
        "width": "container",
        "height": 260,
        "data": {"values": rows},
        **drawing,
    }
    return next(iter(drawable_charts([{"title": title[:200], "spec": spec}])), None)
