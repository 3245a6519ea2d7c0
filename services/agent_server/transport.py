"""Sends what a run produces: as server-sent events, or as one JSON value that is kept alive till it comes."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.agent_server.runs.live import LiveRun
from services.agent_server.serialization import encode

HEARTBEAT_SECONDS = 4.0
HEARTBEAT = b": heartbeat\r\n\r\n"
NO_EVENT = -1


class RunResponse(StreamingResponse):
    """A response that follows a run; stops the run when the reader goes first and asked for that.

    Args:
        run: What is followed.
        content: What is sent of it.
        media_type: Of the content.
        headers: Beside those of the media type.
        cancel_on_disconnect: Whether the run lives only as long as this response.
    """

    def __init__(
        self,
        run: LiveRun,
        content: AsyncIterator[bytes],
        *,
        media_type: str,
        headers: dict[str, str],
        cancel_on_disconnect: bool,
    ) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._run = run
        self._cancel_on_disconnect = cancel_on_disconnect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._cancel_on_disconnect:
                self._run.cancel("interrupt")  # does nothing when the run has ended


def stream_response(
    run: LiveRun, *, after: int = NO_EVENT, location: str, cancel_on_disconnect: bool
) -> RunResponse:
    """Return the run's events from behind an id to its end."""
    return RunResponse(
        run,
        _events(run, after),
        media_type="text/event-stream",
        headers={
            "location": f"{location}/stream",
            "content-location": location,
            "cache-control": "no-store",
            "x-accel-buffering": "no",
        },
        cancel_on_disconnect=cancel_on_disconnect,
    )


def wait_response(run: LiveRun, *, location: str, cancel_on_disconnect: bool) -> RunResponse:
    """Return the run's last values as JSON, with leading newlines while it works."""
    return RunResponse(
        run,
        _result(run),
        media_type="application/json",
        headers={"location": f"{location}/join", "content-location": location},
        cancel_on_disconnect=cancel_on_disconnect,
    )


async def _events(run: LiveRun, after: int) -> AsyncIterator[bytes]:
    async for frames in run.log.follow(after, silence_seconds=HEARTBEAT_SECONDS):
        yield frames or HEARTBEAT


async def _result(run: LiveRun) -> AsyncIterator[bytes]:
    ended = asyncio.create_task(run.ended.wait())
    try:
        while not (await asyncio.wait((ended,), timeout=HEARTBEAT_SECONDS))[0]:
            yield b"\n"
        yield encode(run.result())
    finally:
        ended.cancel()
