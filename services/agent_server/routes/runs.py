"""Runs on a thread."""

from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Header, Query, Response

from services.agent_server.access import access_run, access_thread
from services.agent_server.auth import Caller
from services.agent_server.events.transport import location_of, stream_response, wait_response
from services.agent_server.routes.paging import DEFAULT_LIMIT, LimitQuery, OffsetQuery, page_headers
from services.agent_server.routes.query_lists import RunFields, RunStreamModes
from services.agent_server.runs.creation import start_run
from services.agent_server.runs.request import RunRequest
from services.agent_server.runs.stopping import stop_run
from services.agent_server.runs.wire import run_to_wire
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.storage.events import NO_EVENT

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/threads/{thread_id}/runs", tags=["runs"])

MAX_REASON_CHARS = 500
RunStatus = Literal["pending", "running", "success", "error", "interrupted", "timeout"]


@router.post("", summary="Start a run in the background")
async def create(server: Server, identity: Caller, thread_id: str, body: RunRequest) -> Response:
    run = await start_run(server, identity, thread_id, body, in_background=True)
    return json_response(run_to_wire(run.row), headers={"content-location": location_of(run.row)})


@router.post("/stream", summary="Start a run and stream its events")
async def create_and_stream(server: Server, identity: Caller, thread_id: str, body: RunRequest) -> Response:
    run = await start_run(server, identity, thread_id, body)
    cancel = body.on_disconnect == "cancel"
    return stream_response(server, run.row, cancel_on_disconnect=cancel)


@router.post("/wait", summary="Start a run and wait for its last values")
async def create_and_wait(server: Server, identity: Caller, thread_id: str, body: RunRequest) -> Response:
    run = await start_run(server, identity, thread_id, body)
    cancel = body.on_disconnect == "cancel"
    return wait_response(server, run.row, cancel_on_disconnect=cancel)


@router.get("", summary="List a thread's runs, newest first")
async def list_runs(
    server: Server,
    identity: Caller,
    thread_id: str,
    select: RunFields,
    limit: LimitQuery = DEFAULT_LIMIT,
    offset: OffsetQuery = 0,
    status: Annotated[RunStatus | None, Query()] = None,
) -> Response:
    thread = await access_thread(server, identity, thread_id)
    found = await server.runs.list(thread.thread_id, status=status, limit=limit, offset=offset)
    total = await server.runs.count(thread.thread_id, status=status)
    headers = page_headers(total=total, offset=offset, count=len(found))
    return json_response([run_to_wire(run, select) for run in found], headers=headers)


@router.get("/{run_id}", summary="Read a run")
async def read(server: Server, identity: Caller, thread_id: str, run_id: str) -> Response:
    return json_response(run_to_wire(await access_run(server, identity, thread_id, run_id)))


@router.delete("/{run_id}", status_code=204, summary="Stop and delete a run")
async def delete(server: Server, identity: Caller, thread_id: str, run_id: str) -> None:
    run = await access_run(server, identity, thread_id, run_id)
    await stop_run(server, run, "interrupt")
    live = server.executor.find(run.run_id)
    if live:
        server.executor.forget(live)
    await server.runs.delete(run.run_id)


@router.get("/{run_id}/join", summary="Wait for a run's last values")
async def join(
    server: Server,
    identity: Caller,
    thread_id: str,
    run_id: str,
    cancel_on_disconnect: Annotated[bool, Query()] = False,
) -> Response:
    run = await access_run(server, identity, thread_id, run_id)
    return wait_response(server, run, cancel_on_disconnect=cancel_on_disconnect)


@router.get(
    "/{run_id}/stream", summary="Follow a run's events, from behind `Last-Event-ID` where it is given"
)
async def join_stream(
    server: Server,
    identity: Caller,
    thread_id: str,
    run_id: str,
    modes: RunStreamModes,
    last_event_id: Annotated[int, Header(ge=NO_EVENT)] = NO_EVENT,
    cancel_on_disconnect: Annotated[bool, Query()] = False,
) -> Response:
    run = await access_run(server, identity, thread_id, run_id)
    return stream_response(
        server, run, after=last_event_id, modes=modes, cancel_on_disconnect=cancel_on_disconnect
    )


@router.post(
    "/{run_id}/cancel",
    summary="Stop a run",
    status_code=202,
    response_class=Response,
    responses={200: {"description": "It has ended (`wait`)", "content": {"application/json": {}}}},
)
async def cancel(
    server: Server,
    identity: Caller,
    thread_id: str,
    run_id: str,
    wait: Annotated[bool, Query()] = False,
    action: Annotated[Literal["interrupt", "rollback"], Query()] = "interrupt",
    reason: Annotated[
        str | None, Query(max_length=MAX_REASON_CHARS, description="Is logged, not kept")
    ] = None,
) -> Response:
    run = await access_run(server, identity, thread_id, run_id)
    log.info("run cancelled", run_id=run.run_id, action=action, reason=reason)
    if wait:
        await stop_run(server, run, action)
    else:
        await server.executor.request_cancel(run, action)
    return json_response({}) if wait else Response(status_code=202)
