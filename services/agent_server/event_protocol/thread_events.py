"""The events of a thread: those of its runs, one run after the other, from wherever they work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from narutalk.errors import InvalidInput
from services.agent_server.event_protocol.envelopes import Envelope, RunView, first_seq, time_of_seq
from services.agent_server.event_protocol.subscriptions import Subscription
from services.agent_server.events.following import follow_run
from services.agent_server.events.frames import read_frame, split_frames
from services.agent_server.events.thread_mark import ThreadMark
from services.agent_server.state import ServerState
from services.agent_server.storage.events import NO_EVENT
from services.agent_server.storage.models import Run
from services.agent_server.storage.runs import ACTIVE

CLOCKS_APART = timedelta(minutes=1)
"""How far the clocks of a client's earlier instance and this one may be apart."""

NEW_RUN_SECONDS = 0.25
RECENT = timedelta(seconds=10)


async def follow_events(
    server: ServerState, thread_id: str, wanted: Subscription, *, silence_seconds: float
) -> AsyncIterator[list[Envelope]]:
    """Yield the events of a thread that are wanted, as many at a time as there are, until it is deleted.

    Args:
        server: Of this process.
        thread_id: Of a thread that the caller may read.
        wanted: Which events.
        silence_seconds: After so long without an event, or earlier, nothing (``[]``) is yielded.
    """
    changes, since = server.feed.changes, wanted.since or 0
    async with server.feed.mark_of_thread(thread_id) as mark:
        run, behind = await _first_run(server, thread_id, wanted, mark)
        while not mark.gone:
            change = mark.change
            run = run or await changes.next_run(thread_id, behind)
            if run is None:
                if not await mark.changed(change, silence_seconds):
                    yield []
                continue
            async for found in _run_events(server, run, silence_seconds):
                yield [envelope for envelope in found if envelope.seq > since and wanted.wants(envelope)]
            run, behind = None, run


async def last_seq(server: ServerState, thread_id: str) -> int:
    """Return the number of the last event of the run that works on a thread, or the newest; 0: none ran."""
    run = await working_or_newest_run(server, thread_id)
    if run is None:
        return 0
    live = server.executor.find(run.run_id)
    last_id = live.log.next_id - 1 if live else await server.feed.store.last_id(run.run_id)
    return first_seq(run.created_at) + last_id + 1


async def working_or_newest_run(server: ServerState, thread_id: str) -> Run | None:
    """Return the run that works on a thread, or waits first, or the newest one; None before the first."""
    changes = server.feed.changes
    return await changes.first_active_run(thread_id) or await changes.newest_run(thread_id)


def check_since(since: int | None) -> None:
    """Refuse a number that no event can have had yet.

    Raises:
        InvalidInput: ``since_out_of_range``.
    """
    if since is not None and since > first_seq(datetime.now(UTC) + CLOCKS_APART):
        raise InvalidInput(
            "No event has had this number yet.", code="since_out_of_range", details={"field": "since"}
        )


class _Start(NamedTuple):
    """Where a reader begins: with a run, or with the next one behind a run."""

    run: Run | None
    behind: Run | None = None


async def _first_run(server: ServerState, thread_id: str, wanted: Subscription, mark: ThreadMark) -> _Start:
    changes = server.feed.changes
    if wanted.since is not None:
        return _Start(await changes.newest_run(thread_id, not_after=time_of_seq(wanted.since)))
    run = await working_or_newest_run(server, thread_id)
    if run is None or run.status in ACTIVE or not wanted.only_watches:
        return _Start(run)
    # Clients open such a stream beside the command that starts a run, and take the first end they see for
    # that of their run. So an earlier run is left out, but not the run itself when it has ended by now.
    new = await _new_run(server, thread_id, run, mark)
    if new:
        return _Start(new)
    thread = await server.threads.get(thread_id)
    is_recent = datetime.now(UTC) - run.created_at < RECENT
    waits = thread is not None and thread.status == "interrupted"
    return _Start(run) if is_recent or waits else _Start(None, behind=run)


async def _new_run(server: ServerState, thread_id: str, behind: Run, mark: ThreadMark) -> Run | None:
    now = asyncio.get_running_loop().time
    until = now() + NEW_RUN_SECONDS
    while True:
        change = mark.change
        found = await server.feed.changes.next_run(thread_id, behind)
        left = until - now()
        if found or left <= 0:
            return found
        with suppress(TimeoutError):
            async with asyncio.timeout(left):  # the mark's own timer is shared, and may be a longer one
                await mark.changed(change, left)


async def _run_events(server: ServerState, run: Run, silence_seconds: float) -> AsyncIterator[list[Envelope]]:
    view = RunView(run_id=run.run_id, graph_id=str(run.meta.get("graph_id")), created_at=run.created_at)
    async for frames in follow_run(server, run.run_id, after=NO_EVENT, silence_seconds=silence_seconds):
        found = [read_frame(frame) for frame in split_frames(frames)]
        if found and not view.has_begun and found[0].event.name == "end":
            view.interrupts = await _pending_interrupts(server, run)
        yield [envelope for frame in found for envelope in view.map(frame)]


async def _pending_interrupts(server: ServerState, run: Run) -> list[dict[str, Any]]:
    """Return what a thread waits for since a run whose events are not kept any more."""
    thread = await server.threads.get(run.thread_id)
    newest = await server.feed.changes.newest_run(run.thread_id)
    if thread is None or thread.status != "interrupted" or newest is None or newest.run_id != run.run_id:
        return []
    return [entry for entries in thread.interrupts.values() for entry in entries]
