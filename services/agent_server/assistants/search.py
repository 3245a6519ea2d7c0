"""Searches the graphs' assistants, which are in memory, and the stored ones of the caller as one list."""

from typing import Any

from services.agent_server.assistants.catalog import Assistant, stored_to_wire
from services.agent_server.state import ServerState
from services.agent_server.storage.assistants import AssistantFilter


async def search_assistants(
    server: ServerState,
    wanted: AssistantFilter,
    *,
    sort_by: str,
    descending: bool,
    limit: int,
    offset: int,
) -> list[dict[str, Any]]:
    """Return a page of assistants as LangGraph clients read them.

    Args:
        server: The open server.
        wanted: Which are meant.
        sort_by: ``assistant_id``, ``graph_id``, ``name``, ``created_at`` or ``updated_at``.
        descending: The largest first.
        limit: At most so many.
        offset: So many are left out before them.
    """
    system = [entry.to_wire() for entry in server.assistants.all() if _is_meant(entry, wanted)]
    # Of the stored ones before the page at most as many as there are others can move into it.
    skipped = max(0, offset - len(system))
    stored = await server.stored_assistants.search(
        wanted, sort_by=sort_by, descending=descending, limit=limit + len(system), offset=skipped
    )
    merged = sorted(
        [*system, *(stored_to_wire(entry) for entry in stored)],
        key=lambda entry: (entry[sort_by], entry["assistant_id"]),
        reverse=descending,
    )
    return merged[offset - skipped : offset - skipped + limit]


async def count_assistants(server: ServerState, wanted: AssistantFilter) -> int:
    """Return how many assistants are meant."""
    system = sum(_is_meant(entry, wanted) for entry in server.assistants.all())
    return system + await server.stored_assistants.count(wanted)


def _is_meant(assistant: Assistant, wanted: AssistantFilter) -> bool:
    shown = assistant.to_wire()
    return (
        (not wanted.graph_id or wanted.graph_id == assistant.graph_id)
        and (not wanted.name or wanted.name.lower() in shown["name"].lower())
        and wanted.metadata.items() <= shown["metadata"].items()
    )
