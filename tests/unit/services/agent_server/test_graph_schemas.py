"""JSON schemas of graphs whose types Pydantic takes only since Python 3.12."""

from __future__ import annotations

import operator
from typing import Annotated, Any, NotRequired, Optional, TypedDict

from langgraph.graph import END, START, StateGraph

from services.agent_server.graphs.schemas import graph_schemas


class Inner(TypedDict):
    number: int


class State(TypedDict, total=False):
    items: Annotated[list[Inner], operator.add]
    first: Optional[Inner]  # noqa: UP045  (both ways to write it)
    last: Inner | None
    itself: State


class Context(TypedDict):
    tone: str
    volume: NotRequired[int]


def test_describes_typed_dicts_of_the_standard_library() -> None:
    graph: StateGraph[Any, Any, Any, Any] = StateGraph(State, context_schema=Context)
    graph.add_node("nothing", lambda _state: {})
    graph.add_edge(START, "nothing")
    graph.add_edge("nothing", END)
    schemas = graph_schemas(graph.compile())
    assert set(schemas["state_schema"]["properties"]) == {"items", "first", "last", "itself"}
    assert schemas["state_schema"]["$defs"]["Inner"]["properties"]["number"]["type"] == "integer"
    assert schemas["context_schema"]["required"] == ["tone"]
    assert set(schemas["context_schema"]["properties"]) == {"tone", "volume"}
    assert schemas["config_schema"] == schemas["context_schema"]
