"""The assistants of a server: one for each graph, with an id that follows from its name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from narutalk.errors import InvalidInput, NotFound
from services.agent_server.resources import Graph

ASSISTANT_NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")
"""The namespace that the reference server derives its assistants' ids in."""


class Assistant(NamedTuple):
    """A graph that can be asked to run.

    Attributes:
        assistant_id: uuid5 of the graph's name.
        graph_id: The name it was registered under.
        graph: Compiled with the server's checkpointer and store.
        transient_graph: The same with a checkpointer in memory, for runs without a thread.
        created_at: The start of the server.
    """

    assistant_id: str
    graph_id: str
    graph: Graph
    transient_graph: Graph
    created_at: datetime

    def to_wire(self) -> dict[str, Any]:
        """Return it as LangGraph clients read it."""
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
            "description": None,
        }


def assistant_id_of(graph_id: str) -> str:
    """Return the id of a graph's assistant."""
    return str(uuid5(ASSISTANT_NAMESPACE, graph_id))


class Assistants:
    """All assistants, found by id or by the graph's name.

    Args:
        graphs: Compiled, by name.
        transient_graphs: The same graphs for runs without a thread.
        created_at: The start of the server.
    """

    def __init__(
        self, graphs: Mapping[str, Graph], transient_graphs: Mapping[str, Graph], *, created_at: datetime
    ) -> None:
        self._all = [
            Assistant(assistant_id_of(name), name, graph, transient_graphs[name], created_at)
            for name, graph in graphs.items()
        ]
        self._found = {key: entry for entry in self._all for key in (entry.graph_id, entry.assistant_id)}

    def all(self) -> list[Assistant]:
        return list(self._all)

    def get(self, assistant_id: str) -> Assistant:
        """Return an assistant by id or graph name.

        Raises:
            InvalidInput: ``assistant_id_invalid``: neither a UUID nor a graph's name.
            NotFound: A UUID that is no assistant's.
        """
        found = self._found.get(assistant_id)
        if found:
            return found
        try:
            UUID(assistant_id)
        except ValueError as error:
            raise InvalidInput("Invalid assistant ID: must be a UUID", code="assistant_id_invalid") from error
        raise NotFound("assistant")

    def to_run(self, assistant_id: str) -> Assistant:
        """Return the assistant that a new run names.

        Raises:
            InvalidInput: ``assistant_unknown``.
        """
        found = self._found.get(assistant_id)
        if found is None:
            names = ", ".join(entry.graph_id for entry in self._all)
            raise InvalidInput(
                f"Invalid assistant: '{assistant_id}'. Must be either:\n- A valid assistant UUID, or\n"
                f"- One of the registered graphs: {names}",
                code="assistant_unknown",
            )
        return found

    def of_thread(self, metadata: dict[str, Any]) -> Assistant | None:
        """Return the assistant that last ran on a thread; the only one, where nothing ran yet; else None."""
        found = self._found.get(str(metadata.get("graph_id")))
        if found is None and len(self._all) == 1:
            return self._all[0]
        return found
