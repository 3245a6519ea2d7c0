"""The v3 event protocol: commands to a thread, and its events over server-sent events or a WebSocket."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocket

from narutalk.errors import InvalidInput, TooLarge
from services.agent_server.access import access_thread, checked_id
from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.agent_server.event_protocol.commands import MAX_COMMAND_BYTES, Command, answer_command
from services.agent_server.event_protocol.socket import EventSocket
from services.agent_server.event_protocol.subscriptions import Subscription
from services.agent_server.event_protocol.thread_events import check_since, follow_events
from services.agent_server.events.transport import HEARTBEAT_SECONDS, STREAM_HEADERS, with_heartbeats
from services.agent_server.serialization import json_response
from services.agent_server.state import Server, ServerState

router = APIRouter(prefix="/threads/{thread_id}", tags=["event protocol"])

TOO_LARGE: dict[int | str, dict[str, Any]] = {413: {"model": ErrorAnswer, "description": "Too large"}}

M = TypeVar("M", bound=BaseModel)


def _body_of(model: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/commands", summary="Send a command to a thread", openapi_extra=_body_of(Command), responses=TOO_LARGE
)
async def command(server: Server, identity: Caller, thread_id: str, request: Request) -> Response:
    body = await _read(request, Command)
    return json_response(await answer_command(server, identity, checked_id(thread_id, "thread"), body))


@router.post(
    "/stream/events",
    summary="Follow the events of a thread",
    openapi_extra=_body_of(Subscription),
    responses=TOO_LARGE,
)
async def stream(server: Server, identity: Caller, thread_id: str, request: Request) -> Response:
    wanted = await _read(request, Subscription)
    check_since(wanted.since)
    thread = await access_thread(server, identity, thread_id)
    return StreamingResponse(
        with_heartbeats(_events(server, thread.thread_id, wanted)),
        media_type="text/event-stream",
        headers=STREAM_HEADERS,
    )


async def stream_over_socket(websocket: WebSocket) -> None:
    """Serve commands and events of a thread on one socket."""
    socket = EventSocket(
        websocket.app.state.server,
        websocket.state.identity,
        websocket,
        websocket.path_params["thread_id"],
    )
    await socket.serve()


# Not `router.websocket`: the app's dependencies are for requests. Nor does this one know the prefix.
router.add_websocket_route(f"{router.prefix}/stream/events", stream_over_socket)


async def _events(server: ServerState, thread_id: str, wanted: Subscription) -> AsyncIterator[bytes]:
    async for found in follow_events(server, thread_id, wanted, silence_seconds=HEARTBEAT_SECONDS):
        yield b"".join(envelope.frame() for envelope in found)


async def _read(request: Request, model: type[M]) -> M:
    """Return the body, checked.

    Raises:
        TooLarge: ``command_too_large``.
        InvalidInput: ``invalid_json``.
        RequestValidationError: It is none of the model's.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_COMMAND_BYTES:
            raise TooLarge(f"The body is larger than {MAX_COMMAND_BYTES:,} bytes.", code="command_too_large")
    try:
        return model.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The body is not valid JSON.", code="invalid_json") from error
    except ValidationError as error:
        problems = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(problems) from error
