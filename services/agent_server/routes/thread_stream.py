"""The stream of a thread."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from services.agent_server.access import access_thread
from services.agent_server.auth import Caller
from services.agent_server.events.thread_stream import ThreadStreamMode, find_place
from services.agent_server.events.transport import thread_stream_response
from services.agent_server.routes.query_lists import ThreadStreamModes
from services.agent_server.state import Server

router = APIRouter(prefix="/threads/{thread_id}", tags=["threads"])

DEFAULT_MODES: tuple[ThreadStreamMode, ...] = ("run_modes",)


@router.get("/stream", summary="Follow all runs of a thread, from behind `Last-Event-ID` where it is given")
async def join_stream(
    server: Server,
    identity: Caller,
    thread_id: str,
    modes: ThreadStreamModes,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    thread = await access_thread(server, identity, thread_id)
    place = await find_place(server, thread.thread_id, last_event_id)
    return thread_stream_response(
        server, identity, thread.thread_id, place=place, modes=modes or DEFAULT_MODES
    )
