"""Stores what a run leaves behind: its status, and the thread's values, interrupts and status."""

from typing import Any

from services.agent_server.runs.execution import run_graph_config
from services.agent_server.runs.live import LiveRun
from services.agent_server.serialization import encode
from services.agent_server.storage.checkpoints import Checkpointer, delete_run_checkpoints
from services.agent_server.storage.runs import RunStore
from services.agent_server.storage.threads import ThreadStore
from services.agent_server.thread_states import interrupts_by_task, latest_state

INTERRUPT_KEY = "__interrupt__"


class Outcomes:
    """Writes the end of a run.

    Args:
        runs: Where runs are stored.
        threads: Where threads are stored.
        checkpointer: Of durable threads.
        transient: Of runs without a thread.
    """

    def __init__(
        self, runs: RunStore, threads: ThreadStore, checkpointer: Checkpointer, transient: Checkpointer
    ) -> None:
        self._runs = runs
        self._threads = threads
        self._checkpointer = checkpointer
        self._transient = transient

    async def store(self, run: LiveRun, *, thread_is_busy: bool) -> None:
        """Store the outcome of a run that has ended.

        Args:
            run: With its final status and error.
            thread_is_busy: Another run waits for the thread.
        """
        thread_id, run_id = run.row.thread_id, run.row.run_id
        if run.transient:
            await self._transient.adelete_thread(thread_id)
        elif run.delete_thread_after:
            await self._checkpointer.adelete_thread(thread_id)
            await self._threads.delete(thread_id)
        elif run.cancelled_by == "rollback":
            await delete_run_checkpoints(self._checkpointer, thread_id, run_id)
            changes = await self._changes_from_state(run)
            if thread_is_busy:
                changes["status"] = "busy"
            await self._threads.update(thread_id, **changes)
            await self._runs.delete(run_id)
        else:
            changes = await self._changes(run)
            if thread_is_busy:
                changes["status"] = "busy"
            await self._runs.save(run.row, thread_changes=changes)

    async def _changes(self, run: LiveRun) -> dict[str, Any]:
        if run.row.status != "success" or _may_have_stopped_early(run):
            changes = await self._changes_from_state(run)
            if run.row.status == "error":
                changes |= {"status": "error", "error": run.row.error}
            return changes
        changes = _changed(run, status="idle", interrupts={})
        if run.output is not None:
            changes["values_json"] = encode(run.output).decode()
        return changes

    async def _changes_from_state(self, run: LiveRun) -> dict[str, Any]:
        config = run_graph_config(run)
        snapshot = await latest_state(run.assistant.graph, config)
        status = "interrupted" if snapshot.next else "idle"
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
    }


def _may_have_stopped_early(run: LiveRun) -> bool:
    """Whether the graph may have more to do: it says so in its values, or was told to stop before a node."""
    graph, request = run.assistant.graph, run.request
    told = request.interrupt_before or request.interrupt_after
    built = graph.interrupt_before_nodes or graph.interrupt_after_nodes
    return bool(told or built) or (isinstance(run.output, dict) and INTERRUPT_KEY in run.output)
