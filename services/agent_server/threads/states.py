"""The state of a thread at a checkpoint, read from its graph, in the shape of the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Interrupt, PregelTask, StateSnapshot

from services.agent_server.events.stream_events import checkpoint_of
from services.agent_server.graphs.source import GraphSource, open_graph
from services.agent_server.serialization import decode, encode

SELECTABLE = (
    "values",
    "next",
    "tasks",
    "checkpoint",
    "metadata",
    "created_at",
    "parent_checkpoint",
    "interrupts",
)
"""The fields of a state that a client may ask for by name."""

_VALUE = "values."


async def latest_state(source: GraphSource, config: RunnableConfig) -> StateSnapshot:
    """Return the newest state of the thread that a config names, whatever checkpoint it names beside."""
    configurable = {
        key: value for key, value in config["configurable"].items() if not key.startswith("checkpoint_")
    }
    async with open_graph(source, "threads.read", config) as graph:
        return await graph.aget_state({"configurable": configurable})


def state_to_wire(snapshot: StateSnapshot) -> dict[str, Any]:
    """Return a state as LangGraph clients read it; its checkpoint and metadata are never null."""
    checkpoint = checkpoint_of(snapshot.config)
    parent = checkpoint_of(snapshot.parent_config)
    return {
        "values": snapshot.values or {},
        "next": list(snapshot.next),
        "tasks": [_task_to_wire(task) for task in snapshot.tasks],
        "metadata": snapshot.metadata or {},
        "created_at": snapshot.created_at,
        "checkpoint": checkpoint,
        "parent_checkpoint": parent,
        "interrupts": [_interrupt_to_wire(interrupt) for interrupt in snapshot.interrupts],
        "checkpoint_id": checkpoint["checkpoint_id"] if checkpoint else None,
        "parent_checkpoint_id": parent["checkpoint_id"] if parent else None,
    }


def select_state(state: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a state that are asked for, ``values.<key>`` among them; all for no names."""
    if not names:
        return state
    chosen = {name: state[name] for name in names if name in SELECTABLE}
    keys = [name.removeprefix(_VALUE) for name in names if name.startswith(_VALUE)]
    if keys and "values" not in chosen:
        values = state["values"]
        chosen["values"] = {key: values[key] for key in keys if isinstance(values, Mapping) and key in values}
    return chosen


def interrupts_by_task(snapshot: StateSnapshot) -> dict[str, Any]:
    """Return the pending interrupts by task id, as plain JSON."""
    found = {
        task.id: [_interrupt_to_wire(interrupt) for interrupt in task.interrupts]
        for task in snapshot.tasks
        if task.interrupts
    }
    plain: dict[str, Any] = decode(encode(found).decode())
    return plain


def _task_to_wire(task: PregelTask) -> dict[str, Any]:
    state = task.state
    nested = state_to_wire(state) if isinstance(state, StateSnapshot) else None
    return {
        "id": task.id,
        "name": task.name,
        "path": list(task.path),
        "error": None if task.error is None else str(task.error),
        "interrupts": [_interrupt_to_wire(interrupt) for interrupt in task.interrupts],
        "checkpoint": checkpoint_of(state) if isinstance(state, dict) else None,
        "state": nested,
        "result": task.result,
    }


def _interrupt_to_wire(interrupt: Interrupt[Any]) -> dict[str, Any]:
    return {"id": interrupt.id, "value": interrupt.value}


def empty_state(thread_id: str) -> dict[str, Any]:
    """Return the state of a thread that never ran."""
    return {
        "values": {},
        "next": [],
        "tasks": [],
        "metadata": {},
        "created_at": None,
        "checkpoint": {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": None},
        "parent_checkpoint": None,
        "interrupts": [],
        "checkpoint_id": None,
        "parent_checkpoint_id": None,
    }
