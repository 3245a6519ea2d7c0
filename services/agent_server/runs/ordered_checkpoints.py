"""Stores a run's events before the checkpoints that say that what they tell is done."""

from copy import copy

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata

from services.agent_server.events.event_log import EventLog
from services.agent_server.graphs.resources import Graph
from services.agent_server.storage.checkpoints import Checkpointer


def with_ordered_checkpoints(graph: Graph, log: EventLog) -> Graph:
    """Return the graph with a checkpointer that waits for the log before each checkpoint.

    A step whose checkpoint is stored is not done again by the next attempt, and so sends nothing again.
    LangGraph hands out all that the tasks of a step streamed before it makes the step's checkpoint: when a
    process is killed in between, either the events are stored or the step is repeated.
    """
    checkpointer = graph.checkpointer
    if not isinstance(checkpointer, BaseCheckpointSaver):
        return graph
    return graph.copy({"checkpointer": _behind_events(checkpointer, log)})


def _behind_events(checkpointer: Checkpointer, log: EventLog) -> Checkpointer:
    store = checkpointer.aput

    async def aput(
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        await log.flush()
        return await store(config, checkpoint, metadata, new_versions)

    ordered = copy(checkpointer)
    ordered.aput = aput  # type: ignore[method-assign]
    return ordered
