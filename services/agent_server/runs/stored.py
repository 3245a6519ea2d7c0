"""What is left to say about a run that is not in this process any more."""

import orjson
from fastapi import Response

from services.agent_server.runs.event_log import END
from services.agent_server.serialization import json_response
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Run
from services.agent_server.stream_events import error_event


async def stored_result(server: ServerState, run: Run) -> Response:
    """Return what waiting for an ended run answers: its error, or the thread's values."""
    if run.error:
        return json_response({"__error__": run.error})
    thread = await server.threads.get(run.thread_id)
    values = thread.values_json if thread else None
    return json_response(orjson.Fragment(values) if values else {})


def stored_stream(run: Run) -> Response:
    """Return the end of an ended run's stream; the events before it are gone."""
    frames = error_event(run.error).frame() if run.error else b""
    return Response(
        frames + END.frame(), media_type="text/event-stream", headers={"cache-control": "no-store"}
    )
