"""What the app opens for its graphs, and how graphs are given to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore

from narutalk.settings import Settings
from services.agent_server.graphs.source import Graph, GraphSource

__all__ = ["Graph", "GraphFactory", "ServerResources", "build_graph"]

R = TypeVar("R")


@dataclass(frozen=True)
class ServerResources(Generic[R]):
    """What a graph factory compiles its graph with.

    Attributes:
        settings: Of this process.
        checkpointer: Keeps the threads' state; pass it to ``compile``.
        store: LangGraph's long-term memory; pass it to ``compile``.
        resources: What the service's own ``resources`` opened; None when it opens nothing.
    """

    settings: Settings
    checkpointer: BaseCheckpointSaver[Any]
    store: BaseStore
    resources: R


GraphFactory = Callable[[ServerResources[R]], GraphSource]


def build_graph(given: Graph | GraphFactory[R], resources: ServerResources[R]) -> GraphSource:
    """Return a graph that keeps its state in the server's checkpointer: from its factory, or a copy of it.

    Args:
        given: A factory, or a graph that is compiled already.
        resources: Of this server.
    """
    graph = given if isinstance(given, Pregel) else given(resources)
    ours: dict[str, Any] = {"checkpointer": resources.checkpointer, "store": graph.store or resources.store}
    missing = {name: part for name, part in ours.items() if getattr(graph, name) is not part}
    return graph.copy(missing) if missing else graph
