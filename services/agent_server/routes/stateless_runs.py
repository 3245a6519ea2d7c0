"""Runs without a thread."""

from fastapi import APIRouter, Response

from services.agent_server.auth import Caller
from services.agent_server.runs.creation import run_to_wire, start_background_run, start_transient_run
from services.agent_server.runs.request import RunRequest
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.transport import location_of, stream_response, wait_response

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
