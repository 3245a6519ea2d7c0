"""Runs as LangGraph clients read them."""

from collections.abc import Sequence
from typing import Any, Literal

from services.agent_server.storage.models import Run

RunField = Literal[
    "run_id",
    "thread_id",
    "assistant_id",
    "created_at",
    "updated_at",
    "status",
    "metadata",
    "kwargs",
    "multitask_strategy",
    "cancel_reason",
]


def run_to_wire(run: Run, fields: Sequence[RunField] | None = None) -> dict[str, Any]:
    """Return a run as clients read it, or some fields of it. The claims it was started with are not shown."""
    shown = {
        "run_id": run.run_id,
        "thread_id": run.thread_id,
        "assistant_id": run.assistant_id,
        "metadata": run.meta,
        "status": run.status,
        "kwargs": run.kwargs,
        "multitask_strategy": run.multitask_strategy,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
    }
    # Why a run was cancelled is logged, not kept.
    return {name: shown.get(name) for name in fields} if fields else shown
