"""The JSON schemas of a graph's input, output, state and context."""

from typing import Any

from langgraph.graph.state import CompiledStateGraph
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from services.agent_server.resources import Graph


def graph_schemas(graph: Graph) -> dict[str, Any]:
    """Return the schemas; None where a type has none. Slow (tens of milliseconds): call it in a thread."""
    builder = graph.builder
    return {
        "input_schema": _schema(builder.input_schema),
        "output_schema": _schema(builder.output_schema),
        "state_schema": _schema(builder.state_schema),
        "config_schema": None,
        "context_schema": _schema(builder.context_schema),
    }


def subgraph_schemas(graph: Graph, namespace: str | None, *, recurse: bool) -> dict[str, Any]:
    """Return the schemas of a graph's subgraphs by namespace."""
    return {
        name: graph_schemas(subgraph)
        for name, subgraph in graph.get_subgraphs(namespace=namespace, recurse=recurse)
        if isinstance(subgraph, CompiledStateGraph)
    }


def _schema(type_: type[Any] | None) -> dict[str, Any] | None:
    if type_ is None:
        return None
    try:
        return TypeAdapter(type_).json_schema()
    except PydanticUserError:  # a type that no JSON schema describes
        return None
