"""Decides which checkpoints of a thread go. Pure: no database."""

from collections.abc import Sequence
from itertools import groupby

from services.agent_server.storage.checkpoint_tables import CheckpointRow

CALL_MARK = ":"
"""Stands in the namespace of one call of a subgraph, before its task's id; not in that of a subgraph which
keeps its state from call to call."""


def surplus(rows: Sequence[CheckpointRow], keep: int) -> dict[str, list[str]]:
    """Return the ids of the checkpoints that go, by namespace.

    Kept are the newest of the graph, those of the subgraphs that were called from them, at most as many of
    each call, and what is needed to read a kept one. A subgraph's checkpoint whose caller is not stored yet
    is kept too: a run may be about to store it.

    Args:
        rows: All of a thread, the newest of each namespace first.
        keep: How many of a namespace, at least 1.
    """
    by_namespace = {name: list(group) for name, group in groupby(rows, lambda row: row.namespace)}
    graph = by_namespace.get("", [])
    gone = {row.checkpoint_id for row in graph} - _readable(graph, graph[:keep])
    found = {name: _surplus_of(name, entries, gone, keep) for name, entries in by_namespace.items() if name}
    found[""] = [row.checkpoint_id for row in graph if row.checkpoint_id in gone]
    return {name: ids for name, ids in found.items() if ids}


def _surplus_of(namespace: str, rows: list[CheckpointRow], gone: set[str], keep: int) -> list[str]:
    heads = [row for row in rows[:keep] if row.root_id not in gone]
    if not heads and CALL_MARK not in namespace:
        heads = rows[:1]
    kept = _readable(rows, heads)
    return [row.checkpoint_id for row in rows if row.checkpoint_id not in kept]


def _readable(rows: Sequence[CheckpointRow], heads: Sequence[CheckpointRow]) -> set[str]:
    """Return the ids of the heads and of those before them without which they could not be read."""
    by_id = {row.checkpoint_id: row for row in rows}
    walked: dict[str, int] = {}
    for head in heads:
        row, steps = head, head.delta_steps
        while walked.get(row.checkpoint_id, -1) < steps:
            walked[row.checkpoint_id] = steps
            parent = by_id.get(row.parent_id or "")
            if parent is None or steps == 0:
                break
            row, steps = parent, steps - 1
    return set(walked)
