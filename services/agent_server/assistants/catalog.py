"""The assistants of a server: one for each graph, and those that users made of the graphs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from narutalk.errors import NotFound
from services.agent_server.graphs.source import GraphSource
from services.agent_server.storage.models import AssistantVersion, StoredAssistant

ASSISTANT_NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
"""The namespace that the reference server derives its assistants' ids in."""


class Assistant(NamedTuple):
    """A graph that can be asked to run.

    Attributes:
        assistant_id: uuid5 of the graph's name, or the id of what a user made.
        graph_id: The name it was registered under.
        graph: With the server's checkpointer and store; see `graphs.source.open_graph`.
        transient_graph: The same with a checkpointer in memory, for runs without a thread.
        created_at: The start of the server, or when the user made it.
        stored: What a user made of the graph; None: the graph as it is, which is everybody's.
        description: What its graph is for.
    """

    assistant_id: str
    graph_id: str
    graph: GraphSource
    transient_graph: GraphSource
    created_at: datetime
    stored: StoredAssistant | None = None
    description: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return it as LangGraph clients read it."""
        if self.stored:
            return stored_to_wire(self.stored)
        return {
            "assistant_id": self.assistant_id,
            "graph_id": self.graph_id,
            "config": {},
            "context": {},
            "metadata": {"created_by": "system"},
            "name": self.graph_id,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "version": 1,
            "description": self.description,
        }


def assistant_id_of(graph_id: str) -> str:
    """Return the id of a graph's assistant."""
    return str(uuid5(ASSISTANT_NAMESPACE, graph_id))


class Assistants:
    """The assistants that are everybody's, one for each graph, found by id or by the graph's name.

    Args:
        graphs: By name.
        transient_graphs: The same graphs for runs without a thread.
        created_at: The start of the server.
        descriptions: What graphs are for, by name.
    """

    def __init__(
        self,
        graphs: Mapping[str, GraphSource],
        transient_graphs: Mapping[str, GraphSource],
        *,
        created_at: datetime,
        descriptions: Mapping[str, str],
    ) -> None:
        self._all = [
            Assistant(
                assistant_id_of(name),
                name,
                graph,
                transient_graphs[name],
                created_at,
                description=descriptions.get(name),
            )
            for name, graph in graphs.items()
        ]
        self._found = {key: entry for entry in self._all for key in (entry.graph_id, entry.assistant_id)}

    def all(self) -> list[Assistant]:
        return list(self._all)

    def find(self, assistant_id: str) -> Assistant | None:
        """Return the assistant with an id or of a graph's name."""
        return self._found.get(assistant_id)

    def of_stored(self, stored: StoredAssistant) -> Assistant:
        """Return what a user made, with its graph.

        Raises:
            NotFound: ``graph_not_found``: the server does not serve its graph any more.
        """
        found = self._found.get(stored.graph_id)
        if found is None:
            raise NotFound("graph", details={"graph_id": stored.graph_id})
        return found._replace(assistant_id=stored.assistant_id, created_at=stored.created_at, stored=stored)

    def of_run(self, metadata: Mapping[str, Any]) -> Assistant | None:
        """Return the assistant of a stored run by the run's metadata; None when its graph is not served.

        What a user's assistant adds to a run is in the run's request already, so this asks no database.
        """
        found = self._found.get(str(metadata.get("graph_id")))
        assistant_id = metadata.get("assistant_id")
        return found._replace(assistant_id=str(assistant_id)) if found and assistant_id else found

    def of_thread(self, metadata: Mapping[str, Any]) -> Assistant | None:
        """Return the assistant of the graph that a thread belongs to.

        That is the one in its metadata; the only one, where it names none; else None.
        """
        found = self._found.get(str(metadata.get("graph_id")))
        if found is None and len(self._all) == 1:
            return self._all[0]
        return found

    def graph_names(self) -> list[str]:
        return [entry.graph_id for entry in self._all]


def stored_to_wire(stored: StoredAssistant) -> dict[str, Any]:
    """Return what a user made as LangGraph clients read it."""
    return {
        "assistant_id": stored.assistant_id,
        "graph_id": stored.graph_id,
        "config": stored.config,
        "context": stored.context,
        "metadata": stored.meta,
        "name": stored.name,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
        "version": stored.version,
        "description": stored.description,
    }


def version_to_wire(version: AssistantVersion) -> dict[str, Any]:
    """Return one version as LangGraph clients read it."""
    return {
        "assistant_id": version.assistant_id,
        "version": version.version,
        "graph_id": version.graph_id,
        "config": version.config,
        "context": version.context,
        "metadata": version.meta,
        "created_at": version.created_at,
        "name": version.name,
        "description": version.description,
    }
