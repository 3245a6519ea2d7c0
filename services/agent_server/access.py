"""Who may reach what: the one place where ownership is checked. What is another's looks absent."""

from uuid import UUID

from narutalk.errors import InvalidInput, NotFound
from narutalk.identity import Identity
from services.agent_server.assistants import Assistant
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Run, Thread


def checked_id(value: str, what: str) -> str:
    """Return an id in its canonical form.

    Raises:
        InvalidInput: ``thread_id_invalid``, ``run_id_invalid``: not a UUID.
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
    thread_id, run_id = checked_id(thread_id, "thread"), checked_id(run_id, "run")
    live = server.executor.find(run_id)
    run = live.row if live else await server.runs.get(run_id)
    if run is None or run.user_id != identity.user_id or run.thread_id != thread_id:
        raise NotFound("run")
    return run if live else await server.executor.recover(run)


async def access_thread_graph(
    server: ServerState, identity: Identity, thread_id: str
) -> tuple[Thread, Assistant | None]:
    """Return a thread of the caller's and the assistant that reads its state; None where nothing ran yet."""
    thread = await access_thread(server, identity, thread_id)
    return thread, server.assistants.of_thread(thread.meta)
