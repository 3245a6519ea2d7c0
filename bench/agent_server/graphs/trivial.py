"""The graphs that are served: one that does nothing to speak of, and one that waits."""

import asyncio
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

WAITING_SECONDS = 3600


class State(TypedDict, total=False):
    """What the graphs pass on."""

    text: str


async def answer(state: State) -> State:
    """Answer at once."""
    return {"text": f"{state.get('text', '')}!"}


async def wait(_state: State) -> State:
    """Stay until the run is cancelled."""
    await asyncio.sleep(WAITING_SECONDS)
    return {}


def _graph_of(node: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    return builder.compile()


trivial = _graph_of(answer)
waiting = _graph_of(wait)
