"""Runs without a thread, and what is done to many runs in one call."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Header, Query, Response

from services.agent_server.access import access_run_by_id
from services.agent_server.auth import Caller
from services.agent_server.events.transport import location_of, stream_response, wait_response
from services.agent_server.routes.query_lists import RunStreamModes
from services.agent_server.runs.bulk import MAX_BATCH, BatchEntry, CancelMany, cancel_many, start_batch
from services.agent_server.runs.creation import start_background_run, start_transient_run
from services.agent_server.runs.request import RunRequest
from services.agent_server.runs.wire import run_to_wire
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.storage.events import NO_EVENT

router = APIRouter(prefix="/runs", tags=["stateless runs"])


@router.post("", summary="Start a run in the background")
async def create(server: Server, identity: Caller, body: RunRequest) -> Response:
    run = await start_background_run(server, identity, body)
    return json_response(run_to_wire(run.row), headers={"content-location": location_of(run.row)})


@router.post("/stream", summary="Start a run and stream its events")
async def create_and_stream(server: Server, identity: Caller, body: RunRequest) -> Response:
    run = await start_transient_run(server, identity, body)
    cancel = body.on_disconnect == "cancel"
    return stream_response(server, run.row, cancel_on_disconnect=cancel)


@router.post("/wait", summary="Start a run and wait for its last values")
async def create_and_wait(server: Server, identity: Caller, body: RunRequest) -> Response:
    run = await start_transient_run(server, identity, body)
    cancel = body.on_disconnect == "cancel"
    return wait_response(server, run.row, cancel_on_disconnect=cancel)


@router.post("/batch", summary="Start several runs in the background")
async def create_batch(
    server: Server,
    identity: Caller,
    body: Annotated[list[BatchEntry], Body(min_length=1, max_length=MAX_BATCH)],
) -> Response:
    return json_response(await start_batch(server, identity, body))


@router.post("/cancel", status_code=204, summary="Stop several runs")
async def cancel(
    server: Server,
    identity: Caller,
    body: CancelMany,
    action: Annotated[Literal["interrupt", "rollback"], Query()] = "interrupt",
) -> None:
    await cancel_many(server, identity, body, action)


@router.get("/{run_id}/stream", summary="Follow a run's events, without naming its thread")
async def follow(
    server: Server,
    identity: Caller,
    run_id: str,
    modes: RunStreamModes,
    last_event_id: Annotated[int, Header(ge=NO_EVENT)] = NO_EVENT,
    cancel_on_disconnect: Annotated[bool, Query()] = False,
) -> Response:
    run = await access_run_by_id(server, identity, run_id)
    return stream_response(
        server, run, after=last_event_id, modes=modes, cancel_on_disconnect=cancel_on_disconnect
    )
