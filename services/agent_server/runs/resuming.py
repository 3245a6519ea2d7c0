"""Where a run goes on that another process, or another attempt, has begun."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot

from services.agent_server.graphs.source import Graph, open_graph
from services.agent_server.runs.live import INTERRUPT_KEY, LiveRun
from services.agent_server.threads.states import latest_state


class Progress(NamedTuple):
    """What an earlier attempt left.

    Attributes:
        stage: ``new``: no checkpoint, so that the run starts from its input; ``begun``: the graph goes on
            from the newest checkpoint; ``over``: the graph had come to its end or to an interrupt.
        values: When it is over: what the graph's last values were.
    """

    stage: Literal["new", "begun", "over"]
    values: Any = None


async def read_progress(run: LiveRun, config: RunnableConfig) -> Progress:
    """Read from the thread's newest checkpoints how far a run has come."""
    async with open_graph(run.assistant.graph, "threads.read", config) as graph:
        return await _read_progress(run, graph, config)


async def _read_progress(run: LiveRun, graph: Graph, config: RunnableConfig) -> Progress:
    snapshot = await latest_state(graph, config)
    if (snapshot.metadata or {}).get("run_id") != run.row.run_id:
        return Progress("new")
    if not snapshot.tasks:  # `next` leaves out tasks whose writes are stored and not applied yet
        return Progress("over", snapshot.values)
    if _waits_for_answers(snapshot):
        values = snapshot.values if isinstance(snapshot.values, dict) else {}
        return Progress("over", {**values, INTERRUPT_KEY: list(snapshot.interrupts)})
    if await _stopped_at_breakpoint(run, graph, snapshot):
        return Progress("over", snapshot.values)
    return Progress("begun")


def newest_checkpoint(config: RunnableConfig) -> RunnableConfig:
    """Return a run's config without the checkpoint that the run once started from."""
    configurable = {
        key: value for key, value in config["configurable"].items() if not key.startswith("checkpoint_")
    }
    return {**config, "configurable": configurable}


def _waits_for_answers(snapshot: StateSnapshot) -> bool:
    """Whether all that is left to do has asked something; else the rest still has to run."""
    left = [task for task in snapshot.tasks if task.result is None]
    return bool(snapshot.interrupts) and all(task.interrupts for task in left)


async def _stopped_at_breakpoint(run: LiveRun, graph: Graph, snapshot: StateSnapshot) -> bool:
    """Whether the run was told to stop before a node that is next, or after one that made this checkpoint."""
    before = run.request.interrupt_before or graph.interrupt_before_nodes
    if _names(before, snapshot.next):
        return True
    after = run.request.interrupt_after or graph.interrupt_after_nodes
    if not after or not snapshot.parent_config or (snapshot.metadata or {}).get("source") != "loop":
        return False
    parent = await graph.aget_state(snapshot.parent_config)
    return _names(after, [task.name for task in parent.tasks])


def _names(breakpoints: str | Sequence[str] | None, nodes: Sequence[str]) -> bool:
    if not breakpoints or not nodes:
        return False
    return breakpoints == "*" or any(node in breakpoints for node in nodes)
