"""Threads as LangGraph clients read them."""

from collections.abc import Sequence
from typing import Any

import orjson

from services.agent_server.serialization import decode
from services.agent_server.storage.models import Thread
from services.agent_server.threads.extracts import Step, extract


def thread_to_wire(thread: Thread, *, fields: Sequence[str] | None = None) -> dict[str, Any]:
    """Return a thread, or some fields of it."""
    names = [*PLAIN_FIELDS, "values"] if fields is None else fields
    return {
        name: _values(thread) if name == "values" else getattr(thread, PLAIN_FIELDS[name]) for name in names
    }


def ttl_to_wire(thread: Thread) -> dict[str, Any] | None:
    """Return how long a thread is kept; None: for ever."""
    if thread.expires_at is None:
        return None
    return {
        "strategy": thread.ttl_strategy,
        "ttl_minutes": thread.ttl_minutes,
        "expires_at": thread.expires_at,
    }


def extracted(thread: Thread, paths: dict[str, list[Step]]) -> dict[str, Any]:
    """Return single values of a thread by their alias."""
    roots = {
        "metadata": thread.meta,
        "interrupts": thread.interrupts,
        "config": thread.config,
        "values": decode(thread.values_json) if _reads_values(paths) and thread.values_json else None,
    }
    return {alias: extract(roots, steps) for alias, steps in paths.items()}


def needs_values(fields: Sequence[str] | None, paths: dict[str, list[Step]]) -> bool:
    """Whether the states of threads have to be read to show them."""
    return fields is None or "values" in fields or _reads_values(paths)


def _reads_values(paths: dict[str, list[Step]]) -> bool:
    return any(steps[0] == "values" for steps in paths.values())


def _values(thread: Thread) -> Any:
    return orjson.Fragment(thread.values_json) if thread.values_json else None


PLAIN_FIELDS = {
    "thread_id": "thread_id",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "state_updated_at": "state_updated_at",
    "metadata": "meta",
    "status": "status",
    "config": "config",
    "error": "error",
    "interrupts": "interrupts",
}
"""The attribute of `Thread` behind each field of the wire, but for the values."""
