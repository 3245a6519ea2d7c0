"""Deletes a thread with all that is stored under it: the one place where a thread ends, whoever asked."""

from services.agent_server.storage.checkpoints import Checkpointer
from services.agent_server.storage.threads import ThreadStore


async def delete_stored_thread(threads: ThreadStore, checkpointer: Checkpointer, thread_id: str) -> None:
    """Delete a thread on which nothing runs any more: its checkpoints, its runs and itself.

    Its row goes last, so that a deletion that was cut short can be asked for again.
    """
    await checkpointer.adelete_thread(thread_id)
    await threads.delete(thread_id)
