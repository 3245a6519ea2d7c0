"""Follows a run wherever it works: in this process, in another, or nowhere any more."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from services.agent_server.events.event_log import closing_frames
from services.agent_server.events.feed import RUN_GONE
from services.agent_server.events.frames import last_event_id
from services.agent_server.events.stream_events import WireEvent, metadata_event
from services.agent_server.serialization import encode
from services.agent_server.state import ServerState
from services.agent_server.storage.events import NO_EVENT
from services.agent_server.storage.models import Run
from services.agent_server.storage.runs import ACTIVE


async def follow_run(
    server: ServerState, run_id: str, *, after: int, silence_seconds: float
) -> AsyncIterator[bytes]:
    """Yield a run's encoded events from behind an id to its end.

    When its process dies and another goes on with it, the stream goes on too.

    Args:
        server: Of this process.
        run_id: Of a run that the caller may read.
        after: The id of the last event that the reader has; `NO_EVENT` for none.
        silence_seconds: After so long without an event, or earlier, nothing (``b""``) is yielded.
    """
    while live := server.executor.find(run_id):
        frames = b""
        async for frames in live.log.follow(after, silence_seconds=silence_seconds):
            yield frames
        if not live.log.left:
            return
        after = last_event_id(frames, after)
        if server.executor.find(run_id) is live:
            break
    row = await server.runs.get(run_id)
    if row is None:
        yield _encoded_end(RUN_GONE, after)
        return
    async for frames in _follow_row(server, row, after, silence_seconds):
        yield frames


async def await_result(server: ServerState, run_id: str, *, silence_seconds: float) -> AsyncIterator[bytes]:
    """Yield nothing (``b""``) now and then until a run has ended, and then its last values, encoded."""
    while live := server.executor.find(run_id):
        while not await live.log.ended(silence_seconds):
            yield b""
        if not live.log.left:
            yield encode(live.result())
            return
        if server.executor.find(run_id) is live:
            break
    row = await server.runs.get(run_id)
    if row and row.status in ACTIVE:
        async for _ in _await_end(server, run_id, silence_seconds):
            yield b""
        row = await server.runs.get(run_id)
    yield encode(await _stored_result(server, row))


async def _await_end(server: ServerState, run_id: str, silence_seconds: float) -> AsyncIterator[None]:
    async with server.feed.log_of_run_elsewhere(run_id) as log:
        while not await log.ended(silence_seconds):
            yield


async def _stored_result(server: ServerState, row: Run | None) -> Any:
    if row is None:
        return {"__error__": RUN_GONE}
    if row.error:
        return {"__error__": row.error}
    thread = await server.threads.get(row.thread_id)
    return orjson.Fragment(thread.values_json) if thread and thread.values_json else {}


async def _follow_row(
    server: ServerState, row: Run, after: int, silence_seconds: float
) -> AsyncIterator[bytes]:
    if row.status not in ACTIVE:
        ended = await server.feed.log_of_ended_run(row)
        if ended is None:
            yield _encoded_end(row.error, after)
            return
        async for frames in ended.follow(after, silence_seconds=silence_seconds):
            yield frames
    elif row.recorded:
        async with server.feed.log_of_run_elsewhere(row.run_id) as log:
            async for frames in log.follow(after, silence_seconds=silence_seconds):
                yield frames
    else:
        async for _ in _await_end(server, row.run_id, silence_seconds):
            yield b""
        yield await _told_by_rows(server, row.run_id)


async def _told_by_rows(server: ServerState, run_id: str) -> bytes:
    """Return a stream of what is known of a run elsewhere that was not recorded and has ended now."""
    row = await server.runs.get(run_id)
    if row is None:
        return _encoded_end(RUN_GONE, NO_EVENT)
    events = [metadata_event(row.run_id, row.attempt)]
    thread = await server.threads.get(row.thread_id)
    if thread and thread.values_json:
        events.append(WireEvent("values", thread.values_json.encode()))
    frames = b"".join(event.frame(event_id) for event_id, event in enumerate(events))
    return frames + _encoded_end(row.error, len(events) - 1)


def _encoded_end(error: dict[str, Any] | None, after: int) -> bytes:
    return b"".join(frame.encoded for frame in closing_frames(error, after + 1))
