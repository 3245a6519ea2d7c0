"""Makes, copies and prunes threads."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from langchain_core.utils.uuid import uuid7
from langgraph.types import StateUpdate

from narutalk.errors import Conflict, NaruTalkError, NotFound
from narutalk.identity import Identity
from services.agent_server.access import access_thread
from services.agent_server.runs.request import CheckpointPlace
from services.agent_server.state import ServerState
from services.agent_server.storage.checkpoint_tables import CheckpointTables
from services.agent_server.storage.models import Thread
from services.agent_server.storage.threads import new_thread
from services.agent_server.threads.deletion import delete_thread
from services.agent_server.threads.history import write_supersteps


class Lifetime(NamedTuple):
    """How long a thread is kept from now on.

    Attributes:
        minutes: More than 0.
        strategy: What happens then: ``delete`` it, or ``keep_latest`` of its checkpoints.
    """

    minutes: float
    strategy: str

    def columns(self) -> dict[str, Any]:
        """Return it as columns of a thread."""
        return {
            "expires_at": datetime.now(UTC) + timedelta(minutes=self.minutes),
            "ttl_minutes": self.minutes,
            "ttl_strategy": self.strategy,
        }


async def create_thread(
    server: ServerState,
    identity: Identity,
    thread: Thread,
    *,
    supersteps: Sequence[Sequence[StateUpdate]],
    return_existing: bool,
) -> Thread:
    """Store a new thread with the states it begins with, or return the caller's own of the same id.

    Raises:
        Conflict: ``thread_exists``, unless the existing one is wanted.
        NotFound: The id is of another's.
        InvalidInput: ``state_update_invalid``: nothing is stored then.
    """
    try:
        await server.threads.add(thread)
    except Conflict:
        existing = await access_thread(server, identity, thread.thread_id)
        if not return_existing:
            raise
        return existing
    if thread.expires_at:
        server.housekeeping.wake()
    if not supersteps:
        return thread
    try:
        place = CheckpointPlace()
        await write_supersteps(server, identity, thread.thread_id, supersteps=supersteps, checkpoint=place)
    except NaruTalkError:
        await delete_thread(server, thread.thread_id)
        raise
    return await access_thread(server, identity, thread.thread_id)


async def copy_thread(server: ServerState, identity: Identity, thread_id: str) -> Thread:
    """Return a new thread with the states of one of the caller's, which then goes its own way."""
    source = await access_thread(server, identity, thread_id)
    copied = new_thread(str(uuid7()), identity.user_id, metadata=source.meta)
    copied.values_json, copied.config = source.values_json, source.config
    copied.interrupts = source.interrupts
    copied.status = "interrupted" if source.interrupts else "idle"
    await server.threads.add(copied)
    await CheckpointTables(server.checkpointer).copy(source.thread_id, copied.thread_id)
    return copied


async def prune_threads(
    server: ServerState, identity: Identity, thread_ids: Sequence[str], *, delete: bool
) -> int:
    """Delete threads of the caller's, or all but the newest checkpoint of them, and return of how many.

    Ids that are not the caller's threads are passed over, and so are threads that a run works on, unless
    they are to be deleted.
    """
    pruned = 0
    for thread_id in dict.fromkeys(thread_ids):
        try:
            thread = await access_thread(server, identity, thread_id)
        except NotFound:
            continue
        if delete:
            await delete_thread(server, thread.thread_id)
            pruned += 1
        else:
            pruned += await server.housekeeping.keep_latest(thread.thread_id)
    return pruned
