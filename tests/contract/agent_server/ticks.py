"""A graph of many short steps, each of which streams that it was done."""

import asyncio
from typing import Any

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict

STEP_SECONDS = 0.005


class Ticks(TypedDict, total=False):
    limit: int
    done: int


async def _tick(state: Ticks) -> Command[Any]:
    done = state.get("done", 0)
    await asyncio.sleep(STEP_SECONDS)
    get_stream_writer()({"tick": done})
    return Command(update={"done": done + 1}, goto="tick" if done + 1 < state["limit"] else ())


def tick_graph() -> StateGraph[Ticks, Any, Ticks, Ticks]:
    """Return one node that comes back to itself as often as the input says."""
    graph: StateGraph[Ticks, Any, Ticks, Ticks] = StateGraph(Ticks)
    graph.add_node("tick", _tick, destinations=("tick",))
    graph.add_edge(START, "tick")
    return graph
