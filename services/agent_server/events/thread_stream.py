"""The stream of a thread: what its runs stream, one after the other, and changes of its state between."""

from collections.abc import AsyncIterator, Collection
from typing import Any, Literal, NamedTuple

from narutalk.errors import InvalidInput, NotFound
from narutalk.identity import Identity
from services.agent_server.access import checked_id
from services.agent_server.events.following import follow_run
from services.agent_server.events.frames import read_frame, split_frames
from services.agent_server.events.stream_events import WireEvent
from services.agent_server.runs.request import CheckpointPlace
from services.agent_server.serialization import encode
from services.agent_server.state import ServerState
from services.agent_server.storage.events import NO_EVENT
from services.agent_server.storage.models import Run
from services.agent_server.threads.history import read_state

ThreadStreamMode = Literal["run_modes", "lifecycle", "state_update"]

FROM_THE_FIRST_RUN = frozenset({"-", "-1", "0"})

_SEPARATOR = ":"


class Place(NamedTuple):
    """Where a reader is in a thread's stream.

    Attributes:
        behind: The run whose events it has; None: it has none of any run.
        run: The one it reads; None: it looks for the one behind.
        after: The id of the last event of ``run`` that it has.
    """

    behind: Run | None
    run: Run | None = None
    after: int = NO_EVENT


async def find_place(server: ServerState, thread_id: str, last_event_id: str | None) -> Place:
    """Return where a stream begins.

    Args:
        server: Of this process.
        thread_id: Of a thread that the caller may read.
        last_event_id: As the client gave it. None: what comes from now on; `FROM_THE_FIRST_RUN`: all that is
            kept; otherwise an id of an earlier stream. When its run was deleted since: from now on.

    Raises:
        InvalidInput: ``event_id_invalid``.
    """
    if last_event_id in FROM_THE_FIRST_RUN:
        return Place(behind=None)
    if last_event_id:
        run_id, after = _read_id(last_event_id)
        run = await server.runs.get(run_id)
        if run and run.thread_id == thread_id:
            return Place(behind=None, run=run, after=after)
    run = await server.feed.changes.first_active_run(thread_id)
    if run is None:
        return Place(behind=await server.feed.changes.newest_run(thread_id))
    live = server.executor.find(run.run_id)
    after = live.log.next_id - 1 if live else await server.feed.store.last_id(run.run_id)
    return Place(behind=None, run=run, after=after)


async def follow_thread(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    *,
    place: Place,
    modes: Collection[ThreadStreamMode],
    silence_seconds: float,
) -> AsyncIterator[bytes]:
    """Yield a thread's encoded events, until it is deleted.

    Args:
        server: Of this process.
        identity: Of the caller.
        thread_id: Of a thread of the caller's.
        place: From `find_place`.
        modes: ``run_modes``: all events of the runs; ``lifecycle``: their first and last; ``state_update``:
            the thread's state when it was changed otherwise than by a run.
        silence_seconds: After so long without an event, or earlier, nothing (``b""``) is yielded.
    """
    state_seen = await _state_updated_at(server, thread_id)
    async with server.feed.mark_of_thread(thread_id) as mark:
        while state_seen is not None:
            change = mark.change
            run = place.run or await server.feed.changes.next_run(thread_id, place.behind)
            if run is not None:
                events = follow_run(server, run.run_id, after=place.after, silence_seconds=silence_seconds)
                async for frames in events:
                    yield _of_run(frames, run.run_id, modes)
                place = Place(behind=run)
                state_seen = await _state_updated_at(server, thread_id)
                continue
            if change and change.state_updated_at > state_seen:
                state_seen = change.state_updated_at
                yield await _state_update(server, identity, thread_id) if "state_update" in modes else b""
            elif not await mark.changed(change, silence_seconds):
                yield b""
            if mark.gone:
                return


def _read_id(last_event_id: str) -> tuple[str, int]:
    run_id, _, number = last_event_id.rpartition(_SEPARATOR)
    if not run_id or not number.isdecimal():
        raise InvalidInput("Last-Event-ID is none of this stream.", code="event_id_invalid")
    return checked_id(run_id, "run"), int(number)


async def _state_updated_at(server: ServerState, thread_id: str) -> Any:
    thread = await server.threads.get(thread_id)
    return thread.state_updated_at if thread else None


async def _state_update(server: ServerState, identity: Identity, thread_id: str) -> bytes:
    try:
        state = await read_state(server, identity, thread_id, checkpoint=CheckpointPlace())
    except NotFound:  # deleted meanwhile
        return b""
    return WireEvent("state_update", encode({"state": state, "thread_id": thread_id})).frame()


def _of_run(frames: bytes, run_id: str, modes: Collection[ThreadStreamMode]) -> bytes:
    return b"".join(_of_thread(frame, run_id, modes) for frame in split_frames(frames))


def _of_thread(encoded: bytes, run_id: str, modes: Collection[ThreadStreamMode]) -> bytes:
    """Return a run's event as one of its thread; nothing where it is of no mode that is asked for."""
    event, event_id = read_frame(encoded)
    if event.name == "end":
        event = WireEvent("metadata", encode({"status": "run_done", "run_id": run_id}))
    if "run_modes" not in modes and not ("lifecycle" in modes and event.name == "metadata"):
        return b""
    frame = event.frame()
    if event_id is None:
        return frame
    return frame[:-2] + f"id: {run_id}{_SEPARATOR}{event_id}\r\n\r\n".encode()
