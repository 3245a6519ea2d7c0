"""Reads and writes the state of the caller's threads through the graph that ran on them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import InvalidUpdateError
from langgraph.types import StateUpdate
from psycopg import DataError

from narutalk.errors import Conflict, InvalidInput, NotFound
from narutalk.identity import Identity
from services.agent_server.access import access_thread_graph
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.events.stream_events import checkpoint_of
from services.agent_server.graphs.source import Graph, GraphSource, open_graph
from services.agent_server.runs.graph_config import graph_config
from services.agent_server.runs.request import CheckpointPlace
from services.agent_server.serialization import encode
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Thread
from services.agent_server.threads.states import empty_state, interrupts_by_task, latest_state, state_to_wire

UNFIT = (
    InvalidUpdateError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    NotImplementedError,
    DataError,
)
"""What LangGraph, a graph's reducers and its edges raise of values they do not take, and PostgreSQL of
characters that it does not."""

NUL = r"\u0000"


async def read_state(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    *,
    checkpoint: CheckpointPlace,
    subgraphs: bool = False,
) -> dict[str, Any]:
    """Return a thread's state at a checkpoint; an empty one for a thread that never ran.

    Raises:
        NotFound: The thread, or the checkpoint.
    """
    thread, assistant = await access_thread_graph(server, identity, thread_id)
    if assistant is None:
        return empty_state(thread.thread_id)
    config = _config(assistant, identity, thread, checkpoint)
    try:
        async with open_graph(assistant.graph, "threads.read", config) as graph:
            snapshot = await graph.aget_state(config, subgraphs=subgraphs)
    except ValueError as error:  # what LangGraph raises for a namespace that is no subgraph's
        raise NotFound("checkpoint") from error
    if snapshot.created_at is None and (checkpoint.checkpoint_id or checkpoint.checkpoint_ns):
        raise NotFound("checkpoint")
    return state_to_wire(snapshot) if snapshot.created_at else empty_state(thread.thread_id)


async def write_state(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    *,
    values: Any,
    as_node: str | None,
    checkpoint: CheckpointPlace,
) -> dict[str, Any]:
    """Write values to a thread's state, as if a node had returned them; see `write_supersteps`."""
    update = StateUpdate(values, as_node)
    return await write_supersteps(server, identity, thread_id, supersteps=[[update]], checkpoint=checkpoint)


async def write_supersteps(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    *,
    supersteps: Sequence[Sequence[StateUpdate]],
    checkpoint: CheckpointPlace,
) -> dict[str, Any]:
    """Write to a thread's state behind a checkpoint, and return the new checkpoint.

    Args:
        server: The open server.
        identity: The caller.
        thread_id: Of a thread of the caller's.
        supersteps: Updates that go together, one after the other; each makes a checkpoint.
        checkpoint: Behind which; one without an id means the newest.

    Raises:
        Conflict: ``thread_busy``: a run works on the thread; ``thread_without_graph``: it never ran, and
            the server has several graphs.
        NotFound: ``checkpoint_not_found``.
        InvalidInput: ``state_update_invalid``: no such node, or values the state does not take.
    """
    thread, assistant = await access_thread_graph(server, identity, thread_id)
    if assistant is None:
        raise Conflict(
            "No graph has run on this thread yet. Name one in the thread's metadata, as `graph_id`.",
            code="thread_without_graph",
        )
    if await server.runs.is_busy(thread.thread_id):
        raise Conflict("A run works on this thread. Wait for it to end.", code="thread_busy")
    config = _config(assistant, identity, thread, checkpoint)
    async with open_graph(assistant.graph, "threads.update", config) as graph:
        if checkpoint.checkpoint_id:
            await _require_checkpoint(graph, config)
        try:
            written = await graph.abulk_update_state(config, supersteps)
        except UNFIT as error:
            raise InvalidInput(f"{error}" or type(error).__name__, code="state_update_invalid") from error
    await _refresh_thread(server, thread.thread_id, assistant.graph, config)
    server.housekeeping.note(thread.thread_id)
    place = checkpoint_of(written)
    return {
        "checkpoint": place,
        "configurable": place,
        "checkpoint_id": place["checkpoint_id"] if place else None,
    }


async def read_history(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    *,
    limit: int,
    before: str | None = None,
    metadata: dict[str, Any] | None = None,
    checkpoint: CheckpointPlace | None = None,
) -> list[dict[str, Any]]:
    """Return a thread's states, newest first, those older than ``before`` where it is given.

    Raises:
        NotFound: ``thread_not_found``, or ``checkpoint_not_found``: the namespace is no subgraph's.
        InvalidInput: The metadata cannot be searched for.
    """
    if NUL in encode(metadata or {}).decode() or NUL in encode(before).decode():
        raise InvalidInput("What to search for holds characters that are not stored.")
    thread, assistant = await access_thread_graph(server, identity, thread_id)
    if assistant is None:
        return []
    place = CheckpointPlace(checkpoint_ns=checkpoint.checkpoint_ns) if checkpoint else CheckpointPlace()
    config = _config(assistant, identity, thread, place)
    older: RunnableConfig | None = {"configurable": {"checkpoint_id": before}} if before else None
    try:
        async with open_graph(assistant.graph, "threads.read", config) as graph:
            states = graph.aget_state_history(config, filter=metadata, before=older, limit=limit)
            return [state_to_wire(snapshot) async for snapshot in states]
    except ValueError as error:
        if metadata and not checkpoint:
            raise InvalidInput("The metadata has keys that cannot be searched.") from error
        raise NotFound("checkpoint") from error


def _config(
    assistant: Assistant, identity: Identity, thread: Thread, checkpoint: CheckpointPlace
) -> RunnableConfig:
    if NUL in encode([checkpoint.checkpoint_id, checkpoint.checkpoint_ns]).decode():
        raise NotFound("checkpoint")  # no database holds one of that name
    return graph_config(
        assistant=assistant, identity=identity, thread_id=thread.thread_id, checkpoint=checkpoint
    )


async def _require_checkpoint(graph: Graph, config: RunnableConfig) -> None:
    """Refuse a checkpoint that is not there, which LangGraph takes for an empty state."""
    try:
        snapshot = await graph.aget_state(config)
    except ValueError as error:
        raise NotFound("checkpoint") from error
    if snapshot.created_at is None:
        raise NotFound("checkpoint")


async def _refresh_thread(
    server: ServerState, thread_id: str, graph: GraphSource, config: RunnableConfig
) -> None:
    snapshot = await latest_state(graph, config)
    now = datetime.now(UTC)
    await server.threads.update_idle(
        thread_id,
        status="interrupted" if snapshot.tasks else "idle",
        interrupts=interrupts_by_task(snapshot),
        values_json=encode(snapshot.values).decode(),
        updated_at=now,
        state_updated_at=now,
    )
