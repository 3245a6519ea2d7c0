"""Where the graph of a call comes from: compiled once at the start, or made for each call by a factory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph.store.base import BaseStore
from langgraph_sdk.runtime import AccessContext

from narutalk.errors import ConfigurationError
from services.agent_server.storage.checkpoints import allow_state_types

Graph = Pregel[Any, Any, Any, Any]


@dataclass(frozen=True)
class GraphCall:
    """What a factory may build its graph by.

    Attributes:
        access: Why the graph is needed.
        config: Of the call: the verified user, the assistant, and what the client gave.
        context: Of the run; None when the call is no run, or has none.
        store: LangGraph's long-term memory.
    """

    access: AccessContext
    config: RunnableConfig
    context: Any
    store: BaseStore


MakeGraph = Callable[[GraphCall], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class MadeGraph:
    """A graph that is made for each call, and gone after it.

    Attributes:
        make: The factory.
        checkpointer: Keeps the threads' state; the server's.
        store: The server's.
    """

    make: MakeGraph
    checkpointer: BaseCheckpointSaver[Any] | None = None
    store: BaseStore | None = None

    def copy(self, update: dict[str, Any]) -> "MadeGraph":
        """Return the same with other parts, as `Pregel.copy` does."""
        return replace(self, **update)

    @asynccontextmanager
    async def open(self, access: AccessContext, config: RunnableConfig, context: Any) -> AsyncIterator[Graph]:
        """Make the graph; what the factory opened for it is closed when the block ends."""
        store, checkpointer = self.store, self.checkpointer
        if store is None or checkpointer is None:
            raise ConfigurationError("A graph that is made for each call needs the server's storage.")
        async with self.make(GraphCall(access, config, context, store)) as made:
            graph = as_graph(made)
            allow_state_types(checkpointer, [graph])
            yield graph.copy({"checkpointer": checkpointer, "store": graph.store or store})


GraphSource = Graph | MadeGraph


def open_graph(
    source: GraphSource, access: AccessContext, config: RunnableConfig, *, context: Any = None
) -> AbstractAsyncContextManager[Graph]:
    """Return the graph of one call, as a context manager; a graph that is compiled already costs nothing.

    Args:
        source: Of an assistant.
        access: What the graph is needed for: ``threads.create_run``, ``threads.update``, ``threads.read``
            or ``assistants.read``.
        config: Of the call.
        context: Of a run.
    """
    return nullcontext(source) if isinstance(source, Pregel) else source.open(access, config, context)


def may_stop_at_nodes(source: GraphSource) -> bool:
    """Whether a graph was built to stop at a node; of one that is made for each call that is not known."""
    return not isinstance(source, Pregel) or bool(
        source.interrupt_before_nodes or source.interrupt_after_nodes
    )


def context_schema_of(source: GraphSource) -> type[Any] | None:
    """Return the schema of a graph's context; None where it has none, or is made for each call."""
    return source.context_schema if isinstance(source, Pregel) else None


def as_graph(made: Any) -> Graph:
    """Return what a factory made as a graph.

    Raises:
        ConfigurationError: ``graph_invalid``: it is something else.
    """
    graph = made.compile() if isinstance(made, StateGraph) else made
    if not isinstance(graph, Pregel):
        raise ConfigurationError(
            f"The graph's factory made a {type(made).__name__}, which is no graph.", code="graph_invalid"
        )
    return graph


def context_from(schema: Any, configurable: dict[str, Any]) -> dict[str, Any] | None:
    """Return the fields of a context's schema that a client gave in its ``configurable``, as it may."""
    fields = getattr(schema, "__annotations__", {}) if schema else {}
    return {key: value for key, value in configurable.items() if key in fields} or None
