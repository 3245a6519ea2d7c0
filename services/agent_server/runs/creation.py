"""Makes a run of a request: on the caller's thread, or on one of its own."""

from datetime import UTC, datetime

from langchain_core.utils.uuid import uuid7

from narutalk.errors import Conflict, NotFound
from narutalk.identity import Identity
from narutalk.telemetry.tracing.parent import accepted_parent
from services.agent_server.access import access_assistant_to_run, access_thread, checked_id
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.assistants.settings import with_assistant
from services.agent_server.runs.graph_config import run_metadata
from services.agent_server.runs.live import LiveRun
from services.agent_server.runs.request import RunRequest
from services.agent_server.runs.request_checks import check_on_thread, check_request, check_without_thread
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Run, Thread
from services.agent_server.storage.threads import new_thread


async def start_run(
    server: ServerState,
    identity: Identity,
    thread_id: str,
    request: RunRequest,
    *,
    in_background: bool = False,
) -> LiveRun:
    """Start a run on a thread of the caller's, which is made where the request says so.

    Args:
        server: What serves it.
        identity: Whose rights it runs with.
        thread_id: Of the thread.
        request: What is asked.
        in_background: Nobody follows it from its start, so that its events are recorded.

    Raises:
        NotFound: The thread is absent or another's.
        InvalidInput: ``assistant_unknown``.
        Conflict: ``thread_busy``, under the strategy ``reject``.
        Unavailable: ``queue_full``: too many runs wait in this process.
    """
    assistant, request = await prepare_request(server, identity, request)
    thread = await _thread_for(server, identity, thread_id, request)
    await check_on_thread(request, thread.thread_id, server.checkpointer)
    run = _live_run(server, assistant, identity, thread.thread_id, request)
    run.row.recorded = request.stream_resumable or in_background
    ours = {"graph_id": assistant.graph_id, "assistant_id": assistant.assistant_id}
    if not ours.items() <= thread.meta.items():
        run.thread_metadata = {**thread.meta, **ours}
    await server.executor.start(run)
    return run


async def start_transient_run(server: ServerState, identity: Identity, request: RunRequest) -> LiveRun:
    """Start a run without a thread: its state and its row live in memory, and end with it.

    With ``stream_resumable`` it survives its process, on a thread that goes after it; with
    ``on_completion: "keep"`` it gets a thread that stays.
    """
    keep = request.on_completion == "keep"
    if keep or request.stream_resumable:
        return await _start_on_new_thread(server, identity, request, delete_after=not keep)
    assistant, request = await prepare_request(server, identity, request)
    check_without_thread(request)
    run = _live_run(server, assistant, identity, str(uuid7()), request, transient=True)
    await server.executor.start(run)
    return run


async def start_background_run(server: ServerState, identity: Identity, request: RunRequest) -> LiveRun:
    """Start a run that nobody waits for, on a thread made for it and, by default, deleted after it."""
    return await _start_on_new_thread(
        server, identity, request, delete_after=request.on_completion == "delete", in_background=True
    )


async def _start_on_new_thread(
    server: ServerState,
    identity: Identity,
    request: RunRequest,
    *,
    delete_after: bool,
    in_background: bool = False,
) -> LiveRun:
    server.executor.admit()
    assistant, request = await prepare_request(server, identity, request)
    check_without_thread(request)
    metadata = {"graph_id": assistant.graph_id, "assistant_id": assistant.assistant_id}
    thread = new_thread(str(uuid7()), identity.user_id, metadata=metadata)
    await server.threads.add(thread)
    run = _live_run(server, assistant, identity, thread.thread_id, request)
    run.row.recorded = request.stream_resumable or in_background
    run.row.delete_thread_after = delete_after
    await server.executor.start(run)
    return run


async def prepare_request(
    server: ServerState, identity: Identity, request: RunRequest
) -> tuple[Assistant, RunRequest]:
    """Return the assistant that a request names, and the request, checked, with what it takes over from it.

    Raises:
        InvalidInput: ``assistant_unknown``, or as `check_request`.
        Contradiction: ``context_and_configurable``.
    """
    assistant = await access_assistant_to_run(server, identity, request.assistant_id)
    check_request(request, assistant.graph, server.settings)
    return assistant, with_assistant(request, assistant)


async def _thread_for(server: ServerState, identity: Identity, thread_id: str, request: RunRequest) -> Thread:
    try:
        return await access_thread(server, identity, thread_id)
    except NotFound:
        if request.if_not_exists != "create":
            raise
    thread = new_thread(checked_id(thread_id, "thread"), identity.user_id)
    try:
        await server.threads.add(thread)
    except Conflict:  # made by another request meanwhile, or another's: access_thread tells
        return await access_thread(server, identity, thread_id)
    return thread


def _live_run(
    server: ServerState,
    assistant: Assistant,
    identity: Identity,
    thread_id: str,
    request: RunRequest,
    *,
    transient: bool = False,
) -> LiveRun:
    now = datetime.now(UTC)
    row = Run(
        run_id=str(uuid7()),
        thread_id=thread_id,
        user_id=identity.user_id,
        assistant_id=assistant.assistant_id,
        status="pending",
        meta=run_metadata(assistant, request.metadata),
        kwargs=request.kwargs(),
        request={} if transient else request.model_dump(mode="json"),
        multitask_strategy=request.multitask_strategy,
        identity={} if transient else identity.model_dump(mode="json"),
        trace_parent=accepted_parent(),
        delete_thread_after=False,
        recorded=False,
        process=server.executor.process,
        lease_until=None,
        attempt=1,
        cancel_action=None,
        error=None,
        created_at=now,
        updated_at=now,
    )
    return LiveRun(row=row, request=request, assistant=assistant, identity=identity, transient=transient)
