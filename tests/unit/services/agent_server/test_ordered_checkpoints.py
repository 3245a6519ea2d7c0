"""A checkpoint is stored behind the events before it."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from services.agent_server.events.event_log import EventLog
from services.agent_server.runs.ordered_checkpoints import with_ordered_checkpoints
from tests.unit.services.agent_server.conftest import Recorded
from tests.unit.services.agent_server.test_recorded_log import HeldStore, event, open_log

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONFIG: Any = {"configurable": {"thread_id": "t"}}


class Counted(TypedDict):
    count: int


async def _count(state: Counted) -> Counted:
    return {"count": state["count"] + 1}


def _graph(saver: InMemorySaver | None) -> Any:
    graph: StateGraph[Counted, Any, Counted, Counted] = StateGraph(Counted)
    graph.add_node("count", _count)
    graph.add_edge(START, "count")
    graph.add_edge("count", END)
    return graph.compile(checkpointer=saver)


async def test_no_checkpoint_is_stored_while_an_event_before_it_is_not(recorded: Recorded) -> None:
    store, saver = HeldStore(recorded), InMemorySaver()
    log = open_log(store, await recorded.run())
    graph = with_ordered_checkpoints(_graph(saver), log)
    log.append(event("a"))
    running = asyncio.create_task(graph.ainvoke({"count": 1}, CONFIG, durability="sync"))
    await store.asked.wait()
    await asyncio.wait((running,), timeout=0.05)
    assert not list(saver.list(CONFIG))
    store.let.set()
    assert await running == {"count": 2}
    assert (await graph.aget_state(CONFIG)).values == {"count": 2}


async def test_a_graph_without_checkpoints_stays_as_it_is() -> None:
    graph = _graph(None)
    assert with_ordered_checkpoints(graph, EventLog()) is graph
