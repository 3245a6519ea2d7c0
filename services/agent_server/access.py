"""Who may reach what: the one place where ownership is checked. What is another's looks absent."""

from collections.abc import Sequence
from uuid import UUID

from narutalk.errors import Forbidden, InvalidInput, NotFound
from narutalk.identity import Identity
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Cron, Run, StoredAssistant, Thread


def checked_id(value: str, what: str) -> str:
    """Return an id in its canonical form.

    Raises:
        InvalidInput: ``thread_id_invalid``, ``run_id_invalid``, ``assistant_id_invalid``: not a UUID.
    """
    try:
        return str(UUID(value))
    except ValueError as error:
        raise InvalidInput(f"Invalid {what} ID: must be a UUID", code=f"{what}_id_invalid") from error


async def access_thread(server: ServerState, identity: Identity, thread_id: str) -> Thread:
    """Return a thread of the caller's.

    Raises:
        NotFound: It does not exist, or is another's.
    """
    thread = await server.threads.get(checked_id(thread_id, "thread"))
    if thread is None or thread.user_id != identity.user_id:
        raise NotFound("thread")
    return thread


async def access_run(server: ServerState, identity: Identity, thread_id: str, run_id: str) -> Run:
    """Return a run of the caller's: the one in this process where there is one, else as stored.

    When its process is dead, this one takes it over at once.

    Raises:
        NotFound: It does not exist, is another's, or is not of this thread.
    """
    thread_id = checked_id(thread_id, "thread")
    run = await access_run_by_id(server, identity, run_id)
    if run.thread_id != thread_id:
        raise NotFound("run")
    return run


async def access_run_by_id(server: ServerState, identity: Identity, run_id: str) -> Run:
    """Return a run of the caller's, on whatever thread it is.

    Raises:
        NotFound: It does not exist, or is another's.
    """
    run_id = checked_id(run_id, "run")
    live = server.executor.find(run_id)
    run = live.row if live else await server.runs.get(run_id)
    if run is None or run.user_id != identity.user_id:
        raise NotFound("run")
    return run if live else await server.executor.recover(run)


async def access_cron(server: ServerState, identity: Identity, cron_id: str) -> Cron:
    """Return a cron of the caller's.

    Raises:
        NotFound: It does not exist, or is another's.
    """
    cron = await server.crons.get(checked_id(cron_id, "cron"))
    if cron is None or cron.user_id != identity.user_id:
        raise NotFound("cron")
    return cron


def own_namespace(identity: Identity, namespace: Sequence[str]) -> tuple[str, ...]:
    """Return where the caller's items of a namespace are stored: below the caller's id, always."""
    return (identity.store_label, *namespace)


async def access_assistant(server: ServerState, identity: Identity, assistant_id: str) -> Assistant:
    """Return an assistant by id or graph name: a graph's own, which is everybody's, or the caller's.

    Raises:
        InvalidInput: ``assistant_id_invalid``: neither a UUID nor a graph's name.
        NotFound: It does not exist, is another's, or its graph is not served any more.
    """
    found = server.assistants.find(assistant_id)
    return found or server.assistants.of_stored(await _own_assistant(server, identity, assistant_id))


async def access_assistant_to_run(server: ServerState, identity: Identity, assistant_id: str) -> Assistant:
    """Return the assistant that a new run names.

    Raises:
        InvalidInput: ``assistant_unknown``: it does not exist, or is another's.
    """
    try:
        return await access_assistant(server, identity, assistant_id)
    except (InvalidInput, NotFound) as error:
        names = ", ".join(server.assistants.graph_names())
        raise InvalidInput(
            f"Invalid assistant: '{assistant_id}'. Must be either:\n- A valid assistant UUID, or\n"
            f"- One of the registered graphs: {names}",
            code="assistant_unknown",
        ) from error


async def access_stored_assistant(
    server: ServerState, identity: Identity, assistant_id: str
) -> StoredAssistant:
    """Return an assistant that the caller made, and so may change.

    Raises:
        NotFound: It does not exist, or is another's.
        Forbidden: ``assistant_read_only``: it is a graph's own.
    """
    if server.assistants.find(assistant_id):
        raise Forbidden("A graph's own assistant cannot be changed.", code="assistant_read_only")
    return await _own_assistant(server, identity, assistant_id)


async def _own_assistant(server: ServerState, identity: Identity, assistant_id: str) -> StoredAssistant:
    stored = await server.stored_assistants.get(checked_id(assistant_id, "assistant"))
    if stored is None or stored.user_id != identity.user_id:
        raise NotFound("assistant")
    return stored


async def access_thread_graph(
    server: ServerState, identity: Identity, thread_id: str
) -> tuple[Thread, Assistant | None]:
    """Return a thread of the caller's and the assistant that reads its state; None where nothing ran yet."""
    thread = await access_thread(server, identity, thread_id)
    return thread, server.assistants.of_thread(thread.meta)
