"""Sends what runs produce: as server-sent events, or as one JSON value that is kept alive till it comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from narutalk.identity import Identity
from services.agent_server.events.following import await_result, follow_run
from services.agent_server.events.frames import only_modes, wanted_modes
from services.agent_server.events.thread_stream import Place, ThreadStreamMode, follow_thread
from services.agent_server.state import ServerState
from services.agent_server.storage.events import NO_EVENT
from services.agent_server.storage.models import Run

HEARTBEAT_SECONDS = 4.0
HEARTBEAT = b": heartbeat\r\n\r\n"
STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class RunResponse(StreamingResponse):
    """A response that follows a run; stops the run when the reader goes first and asked for that.

    Args:
        content: What is sent of it.
        media_type: Of the content.
        headers: Beside those of the media type.
        on_disconnect: Called when the reader went before the content's end; None: the run goes on.
    """

    def __init__(
        self,
        content: AsyncIterator[bytes],
        *,
        media_type: str,
        headers: dict[str, str],
        on_disconnect: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._on_disconnect = on_disconnect
        self._complete = False

    async def stream_response(self, send: Send) -> None:
        await super().stream_response(send)
        self._complete = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._on_disconnect and not self._complete:
                await self._on_disconnect()


def stream_response(
    server: ServerState,
    run: Run,
    *,
    after: int = NO_EVENT,
    modes: Sequence[str] = (),
    cancel_on_disconnect: bool,
) -> RunResponse:
    """Return a run's events from behind an id to its end, wherever the run works.

    Args:
        server: Of this process.
        run: That the caller may read.
        after: The id of the last event that the reader has.
        modes: Leave out the events of other stream modes; all are sent when it is empty.
        cancel_on_disconnect: Stop the run when the reader goes before the end.
    """
    location = location_of(run)
    return RunResponse(
        _events(server, run.run_id, after, modes),
        media_type="text/event-stream",
        headers={"location": f"{location}/stream", "content-location": location, **STREAM_HEADERS},
        on_disconnect=_cancel(server, run) if cancel_on_disconnect else None,
    )


def wait_response(server: ServerState, run: Run, *, cancel_on_disconnect: bool) -> RunResponse:
    """Return a run's last values as JSON, with leading newlines while it works, wherever it works."""
    location = location_of(run)
    return RunResponse(
        _result(server, run.run_id),
        media_type="application/json",
        headers={"location": f"{location}/join", "content-location": location},
        on_disconnect=_cancel(server, run) if cancel_on_disconnect else None,
    )


def thread_stream_response(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    *,
    place: Place,
    modes: Sequence[ThreadStreamMode],
) -> RunResponse:
    """Return what happens on a thread, until it is deleted or the reader goes."""
    events = follow_thread(
        server, identity, thread_id, place=place, modes=modes, silence_seconds=HEARTBEAT_SECONDS
    )
    location = f"/threads/{thread_id}"
    # The SDK comes back to this location when its connection breaks, and leaves its own query out.
    query = "&".join(f"stream_mode={mode}" for mode in modes)
    return RunResponse(
        with_heartbeats(events),
        media_type="text/event-stream",
        headers={
            "location": f"{location}/stream?{query}",
            "content-location": location,
            **STREAM_HEADERS,
        },
    )


def location_of(run: Run) -> str:
    """Return the path of a run."""
    return f"/threads/{run.thread_id}/runs/{run.run_id}"


async def with_heartbeats(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield events, and a heartbeat where nothing (``b""``) came and nothing was sent lately."""
    now = asyncio.get_running_loop().time
    last_sent = now()
    async for frames in events:
        if frames or now() - last_sent > HEARTBEAT_SECONDS / 2:
            yield frames or HEARTBEAT
            last_sent = now()


async def _events(server: ServerState, run_id: str, after: int, modes: Sequence[str]) -> AsyncIterator[bytes]:
    wanted = wanted_modes(modes)
    events = follow_run(server, run_id, after=after, silence_seconds=HEARTBEAT_SECONDS)
    async for frames in with_heartbeats(events):
        if not modes or frames is HEARTBEAT:
            yield frames
        elif found := only_modes(frames, wanted):
            yield found


async def _result(server: ServerState, run_id: str) -> AsyncIterator[bytes]:
    async for result in await_result(server, run_id, silence_seconds=HEARTBEAT_SECONDS):
        yield result or b"\n"


def _cancel(server: ServerState, run: Run) -> Callable[[], Awaitable[None]]:
    async def cancel() -> None:
        await server.executor.request_cancel(run, "interrupt")  # does nothing when the run has ended

    return cancel
