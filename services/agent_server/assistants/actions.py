"""Makes and changes the assistants of users."""

from datetime import UTC, datetime
from typing import Any

from narutalk.errors import Conflict, Contradiction, NotFound
from narutalk.identity import Identity
from services.agent_server.access import access_stored_assistant
from services.agent_server.runs.graph_config import allowed
from services.agent_server.runs.request import RunConfig
from services.agent_server.state import ServerState
from services.agent_server.storage.models import StoredAssistant
from services.agent_server.storage.threads import ThreadFilter
from services.agent_server.threads.deletion import delete_thread

UNTITLED = "Untitled"
THREADS_AT_A_TIME = 100


def new_assistant(
    assistant_id: str,
    user_id: str,
    *,
    graph_id: str,
    config: RunConfig | None = None,
    context: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    name: str | None = None,
    description: str | None = None,
) -> StoredAssistant:
    """Return an assistant that is not stored yet.

    Raises:
        Contradiction: ``context_and_configurable``.
    """
    now = datetime.now(UTC)
    settings = {"config": {}, "context": {}} | run_settings(config, context)
    return StoredAssistant(
        assistant_id=assistant_id,
        user_id=user_id,
        graph_id=graph_id,
        version=1,
        name=name or UNTITLED,
        description=description,
        meta=metadata or {},
        created_at=now,
        updated_at=now,
        **settings,
    )


def run_settings(
    config: RunConfig | None, context: dict[str, Any] | None, *, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return ``config`` and ``context`` as they are stored: each mirrored in the other, no reserved keys.

    Args:
        config: What the client gave; None when it gave none.
        context: Likewise.
        before: The stored config, of which a new context replaces the ``configurable`` only.

    Raises:
        Contradiction: ``context_and_configurable``: both say what the graph is configured with.
    """
    if config is None and context is None:
        return {}
    kept = dict(before or {}) if config is None else config.model_dump(mode="json", exclude_unset=True)
    configurable = allowed(kept.pop("configurable", {}))
    if config is not None and configurable and context:
        raise Contradiction(
            "Give either context or config.configurable: either stands for the other.",
            code="context_and_configurable",
            details={"field": "context"},
        )
    settings = allowed(context) if context is not None else configurable
    return {"config": kept | ({"configurable": settings} if settings else {}), "context": settings}


def require_graph(server: ServerState, graph_id: str) -> None:
    """Refuse a graph that this server does not serve.

    Raises:
        NotFound: ``graph_not_found``, with the names of those it serves.
    """
    names = server.assistants.graph_names()
    if graph_id not in names:
        raise NotFound("graph", details={"graph_id": graph_id, "graphs": names})


async def store_assistant(
    server: ServerState, identity: Identity, assistant: StoredAssistant, *, do_nothing_if_exists: bool
) -> StoredAssistant:
    """Store a new assistant, or return the caller's own of the same id where that is wanted.

    Raises:
        Conflict: ``assistant_exists``.
        NotFound: The id is of another's.
    """
    if server.assistants.find(assistant.assistant_id):
        raise Conflict("This is the id of a system assistant.", code="assistant_exists")
    try:
        await server.stored_assistants.add(assistant)
    except Conflict:
        found = await access_stored_assistant(server, identity, assistant.assistant_id)
        if not do_nothing_if_exists:
            raise
        return found
    return assistant


async def delete_assistant(
    server: ServerState, identity: Identity, assistant_id: str, *, delete_threads: bool
) -> None:
    """Delete an assistant and, where that is wanted, the caller's threads that it ran on."""
    stored = await access_stored_assistant(server, identity, assistant_id)
    wanted = ThreadFilter(identity.user_id, metadata={"assistant_id": stored.assistant_id})
    while delete_threads:
        found = await server.threads.search(
            wanted, sort_by="created_at", descending=False, limit=THREADS_AT_A_TIME, offset=0
        )
        for thread in found:
            await delete_thread(server, thread.thread_id)
        delete_threads = len(found) == THREADS_AT_A_TIME
    await server.stored_assistants.delete(stored.assistant_id)
