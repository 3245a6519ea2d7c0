"""The JSON schemas of a graph's input, output, state and context."""

from typing import Any

from langgraph.graph.state import CompiledStateGraph
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from services.agent_server.graphs.portable_types import portable
from services.agent_server.graphs.source import Graph


def graph_schemas(graph: Graph) -> dict[str, Any]:
    """Return the schemas; None where a type has none. Slow (tens of milliseconds): call it in a thread."""
    if not isinstance(graph, CompiledStateGraph):  # such as an `@entrypoint`, which has no builder
        return {
            "input_schema": graph.get_input_jsonschema(),
            "output_schema": graph.get_output_jsonschema(),
            "state_schema": None,
            "config_schema": None,
            "context_schema": graph.get_context_jsonschema(),
        }
    builder = graph.builder
    context = _schema(builder.context_schema)
    return {
        "input_schema": _schema(builder.input_schema),
        "output_schema": _schema(builder.output_schema),
        "state_schema": _schema(builder.state_schema),
        "config_schema": context,  # the older name for it
        "context_schema": context,
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
        return TypeAdapter(portable(type_)).json_schema()
    except (PydanticUserError, NameError):  # no JSON schema describes it, or a name in it is unknown
        return None
