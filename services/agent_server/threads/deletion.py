"""Stops what runs on a thread, and deletes it."""

from services.agent_server.state import ServerState
from services.agent_server.storage.deletion import delete_stored_thread


async def delete_thread(server: ServerState, thread_id: str) -> None:
    """Stop the runs of a thread and delete it. Rights are checked before, in `access.py`."""
    await server.executor.clear_thread(thread_id)
    await delete_stored_thread(server.threads, server.checkpointer, thread_id)
