"""A trace as it is shown: the tree as rows with depth, timings and bars. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django_admin.tracing.access import is_stale
from django_admin.tracing.models import Run, RunStatus

MIN_BAR_PERCENT = 0.4
MAX_SHOWN_CHARS = 6_000
NOISY_PREFIXES = ("Runnable", "Channel", "Branch", "Pregel", "_")
HIDDEN_TAG = "langsmith:hidden"
INNER_STEP_TAG = "seq:step:"
STALE = "stale"


@dataclass(frozen=True)
class Row:
    """One run in a tree.

    Attributes:
        run: With all that is known of it.
        depth: Of its nesting, from 0, not counting the noisy ones above it.
        full_depth: Of its nesting, counting all.
        is_noise: It is a part of the machinery, not a step that a person thinks of.
        is_orphan: What it hangs on has not arrived.
        state: Its status; ``stale`` when its process has died.
        offset_ms: From the beginning of the trace.
        offset_percent: The same, of the whole trace's length.
        width_percent: How long it took, of the whole trace's length.
        inputs: As indented JSON, at most `MAX_SHOWN_CHARS` of it; empty when there are none.
        outputs: The same.
        metadata: The same.
    """

    run: Run
    depth: int
    full_depth: int
    is_noise: bool
    is_orphan: bool
    state: str
    offset_ms: float
    offset_percent: float
    width_percent: float
    inputs: str
    outputs: str
    metadata: str


@dataclass(frozen=True)
class Tree:
    """A trace.

    Attributes:
        root: None when it has not arrived.
        rows: In the order in which they are shown.
        duration_ms: From the first beginning to the last end.
        services: That took part, in the order in which they came in.
        noise_count: Rows that are noise.
        tokens: Of all model calls together; 0 for the offline model.
    """

    root: Run | None
    rows: list[Row]
    duration_ms: float
    services: list[str]
    noise_count: int
    tokens: int

    @property
    def state(self) -> str:
        """Of the root; of a tree without one, pending."""
        return _state(self.root) if self.root else RunStatus.PENDING.value


def build_tree(runs: Sequence[Run]) -> Tree:
    """Return the tree of a trace's runs, which come in the order of their `dotted_order`.

    A run whose parent has not arrived hangs on the nearest run above it that has.
    """
    known = {run.pk: run for run in runs}
    begin, length = _span(runs)
    rows: dict[UUID, Row] = {}
    for run in runs:
        above = [rows[ancestor] for ancestor in _ancestors(run) if ancestor in rows]
        parent = above[-1] if above else None
        rows[run.pk] = _row(run, parent, begin, length, is_orphan=_is_orphan(run, known))
    shown = list(rows.values())
    return Tree(
        root=next((run for run in runs if run.is_root), None),
        rows=shown,
        duration_ms=_milliseconds(length),
        services=list(dict.fromkeys(run.service for run in runs if run.service)),
        noise_count=sum(row.is_noise for row in shown),
        tokens=sum(int(run.usage.get("total_tokens") or 0) for run in runs if isinstance(run.usage, dict)),
    )


def is_noise(run: Run) -> bool:
    """Whether a run is a part of LangChain's machinery: a wrapper, a channel, an inner step of a node."""
    if run.run_type != "chain" or run.is_root:
        return False
    tags = [str(tag) for tag in run.tags]
    return (
        run.name.startswith(NOISY_PREFIXES)
        or "." in run.name  # a middleware's wrapper around the step itself
        or any(tag == HIDDEN_TAG or tag.startswith(INNER_STEP_TAG) for tag in tags)
    )


def _row(run: Run, parent: Row | None, begin: datetime | None, length: timedelta, *, is_orphan: bool) -> Row:
    offset = run.start_time - begin if run.start_time and begin else timedelta()
    took = timedelta(milliseconds=run.duration_ms) if run.duration_ms is not None else length - offset
    return Row(
        run=run,
        depth=parent.depth + (not parent.is_noise) if parent else 0,
        full_depth=parent.full_depth + 1 if parent else 0,
        is_noise=is_noise(run),
        is_orphan=is_orphan,
        state=_state(run),
        offset_ms=_milliseconds(offset),
        offset_percent=min(100 - MIN_BAR_PERCENT, _percent(offset, length)),
        width_percent=max(MIN_BAR_PERCENT, min(_percent(took, length), 100 - _percent(offset, length))),
        inputs=_indented(run.inputs),
        outputs=_indented(run.outputs),
        metadata=_indented(run.metadata),
    )


def _state(run: Run) -> str:
    return STALE if is_stale(run) else str(run.status)


def _is_orphan(run: Run, known: Iterable[UUID]) -> bool:
    return run.parent_id is not None and run.parent_id not in known


def _ancestors(run: Run) -> list[UUID]:
    """Return the ids above a run, the root's first, as its dotted order tells them."""
    return [UUID(step[-36:]) for step in run.dotted_order.split(".")[:-1]]


def _span(runs: Iterable[Run]) -> tuple[datetime | None, timedelta]:
    begins = [run.start_time for run in runs if run.start_time]
    ends = [run.end_time for run in runs if run.end_time]
    if not begins:
        return None, timedelta()
    begin = min(begins)
    return begin, max([*ends, *begins]) - begin


def _percent(part: timedelta, whole: timedelta) -> float:
    return round(max(0.0, min(100.0, 100 * (part / whole))), 2) if whole else 0.0


def _milliseconds(length: timedelta) -> float:
    return round(length / timedelta(milliseconds=1), 1)


def _indented(value: Any) -> str:
    if value in (None, {}, [], ""):
        return ""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}\n…"
