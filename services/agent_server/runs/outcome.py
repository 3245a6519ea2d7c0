"""Stores what a run leaves behind: its status, and the thread's values, interrupts and status."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from services.agent_server.graphs.source import may_stop_at_nodes
from services.agent_server.runs.execution import run_graph_config
from services.agent_server.runs.live import INTERRUPT_KEY, LiveRun
from services.agent_server.serialization import encode
from services.agent_server.storage.checkpoint_tables import CheckpointTables
from services.agent_server.storage.checkpoints import Checkpointer
from services.agent_server.storage.models import Run
from services.agent_server.storage.runs import RunStore
from services.agent_server.threads.states import interrupts_by_task, latest_state

NOBODY = ""


class Outcomes:
    """Writes the end of a run.

    Args:
        runs: Where runs are stored.
        checkpointer: Of durable threads.
        transient: Of runs without a thread.
        note: Told of each durable thread that a run has ended on.
        on_ended: Called with each run whose end is stored, and its last values; must return at once.
    """

    def __init__(
        self,
        runs: RunStore,
        checkpointer: Checkpointer,
        transient: Checkpointer,
        *,
        note: Callable[[str], None],
        on_ended: Callable[[Run, Any], None],
    ) -> None:
        self._runs = runs
        self._checkpointer = checkpointer
        self._transient = transient
        self._note = note
        self._on_ended = on_ended

    async def store(self, run: LiveRun) -> bool:
        """Store the outcome of a run that has ended, and return whether this process held its lease.

        When it did not, nothing was stored: another process goes on with the run.

        Args:
            run: With its final status and error.
        """
        stored = await self._store(run)
        if stored:
            self._on_ended(run.row, run.output)
        return stored

    async def store_failure(self, row: Run) -> bool:
        """Store the error of a run that cannot go on, and return whether this process held its lease."""
        row.updated_at = datetime.now(UTC)
        changes = {"status": "error", "error": row.error, "updated_at": row.updated_at}
        stored = await self._runs.end(row, thread_changes=changes | _owner(row))
        if stored:
            self._on_ended(row, None)
        return stored

    async def _store(self, run: LiveRun) -> bool:
        thread_id, run_id = run.row.thread_id, run.row.run_id
        if run.transient:
            await self._transient.adelete_thread(thread_id)
            return True
        if run.cancelled_by == "rollback" and not run.row.delete_thread_after:
            await CheckpointTables(self._checkpointer).delete_run(thread_id, run_id)
            changes = await self._changes_from_state(run)
            return await self._runs.end_without_trace(run.row, thread_changes=changes)
        stored = await self._runs.end(run.row, thread_changes=await self._changes(run))
        if stored:
            self._note(thread_id)
        return stored

    async def _changes(self, run: LiveRun) -> dict[str, Any]:
        if run.row.status != "success" or _may_have_stopped_early(run):
            changes = await self._changes_from_state(run)
            if run.row.status in ("error", "timeout"):
                changes |= {"status": "error", "error": run.row.error}
            return changes
        changes = _changed(run, status="idle", interrupts={})
        if run.output is not None:
            changes["values_json"] = encode(run.output).decode()
        return changes

    async def _changes_from_state(self, run: LiveRun) -> dict[str, Any]:
        config = run_graph_config(run)
        snapshot = await latest_state(run.assistant.graph, config)
        status = "interrupted" if snapshot.tasks else "idle"
        changes = _changed(run, status=status, interrupts=interrupts_by_task(snapshot))
        changes["values_json"] = encode(snapshot.values).decode() if snapshot.created_at else None
        return changes


def _changed(run: LiveRun, *, status: str, interrupts: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": status,
        "interrupts": interrupts,
        "error": None,
        "updated_at": run.row.updated_at,
        "state_updated_at": run.row.updated_at,
        **_owner(run.row),
    }


def _owner(row: Run) -> dict[str, Any]:
    """A thread that was made for one run is nobody's after it, until it is swept with what it holds.

    It cannot go at once: readers of other instances may not have had the end of the run's events yet.
    """
    return {"user_id": NOBODY} if row.delete_thread_after else {}


def _may_have_stopped_early(run: LiveRun) -> bool:
    """Whether the graph may have more to do: it says so in its values, or was told to stop before a node."""
    told = run.request.interrupt_before or run.request.interrupt_after
    return (
        bool(told)
        or may_stop_at_nodes(run.assistant.graph)
        or (isinstance(run.output, dict) and INTERRUPT_KEY in run.output)
    )
