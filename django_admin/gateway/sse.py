"""A turn's log as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from django.http import StreamingHttpResponse

from django_admin.gateway.turn_log import LoggedEvent
from django_admin.gateway.turns import Turn

HEARTBEAT_SECONDS = 5.0
HEARTBEAT = b": heartbeat\n\n"


def stream_response(turn: Turn, *, after: int = 0) -> StreamingHttpResponse:
    """Return a turn's events from the one after ``after``.

    The headers tell which conversation and message it is, before the closing event does; `Content-Location`
    is where to go on with `Last-Event-ID` when the connection breaks.
    """
    return StreamingHttpResponse(
        _frames(turn, after),
        content_type="text/event-stream",
        headers={
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            "X-Conversation-ID": str(turn.conversation_id),
            "X-Message-ID": str(turn.message_id),
            "Content-Location": f"/api/chat/stream/{turn.message_id}",
        },
    )


def frame(logged: LoggedEvent) -> bytes:
    """Return one event as it goes over the wire."""
    return f"id: {logged.id}\nevent: {logged.event.type}\ndata: {logged.event.model_dump_json()}\n\n".encode()


async def _frames(turn: Turn, after: int) -> AsyncIterator[bytes]:
    async with aclosing(turn.log.follow(after)) as events:
        upcoming: asyncio.Task[LoggedEvent] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.ensure_future(anext(events))
                done, _ = await asyncio.wait([upcoming], timeout=HEARTBEAT_SECONDS)
                if not done:
                    yield HEARTBEAT
                    continue
                try:
                    logged = upcoming.result()
                except StopAsyncIteration:
                    return
                upcoming = None
                yield frame(logged)
        finally:
            if upcoming:
                upcoming.cancel()
                await asyncio.wait([upcoming])
