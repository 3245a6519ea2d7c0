"""The commands that read and write a thread's state."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from narutalk.errors import NotFound
from narutalk.identity import Identity
from services.agent_server.event_protocol.errors import CommandRefused
from services.agent_server.events.stream_events import NAMESPACE_SEPARATOR
from services.agent_server.runs.request import CheckpointPlace
from services.agent_server.state import ServerState
from services.agent_server.threads.history import read_history, read_state, write_state

DEFAULT_CHECKPOINTS = 10
MAX_CHECKPOINTS = 1000


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GetParams(_Params):
    """Which part of the state is meant; all keys by default."""

    namespace: list[str] = []
    keys: list[str] | None = None


class ListParams(_Params):
    """Which checkpoints are meant, newest first; ``before``: only those older than this one."""

    namespace: list[str] = []
    limit: Annotated[int, Field(ge=1, le=MAX_CHECKPOINTS)] = DEFAULT_CHECKPOINTS
    before: str | None = None


class Message(_Params):
    """A message to add."""

    role: Literal["user", "system"]
    content: str
    name: str | None = None


class InjectParams(_Params):
    """Where to add a message; only the graph itself takes one."""

    namespace: Annotated[list[str], Field(max_length=0)] = []
    message: Message


async def get(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Return the newest state."""
    params = GetParams.model_validate(given)
    try:
        state = await read_state(server, identity, thread_id, checkpoint=_place(params.namespace))
    except NotFound as error:
        raise CommandRefused("no_such_namespace", "No subgraph has run there.") from error
    values = state["values"]
    if params.keys is not None and isinstance(values, dict):
        values = {key: values[key] for key in params.keys if key in values}
    checkpoint_id = state["checkpoint"]["checkpoint_id"]
    if checkpoint_id is None:
        return {"values": values}
    return {"values": values, "checkpoint": {"id": checkpoint_id, "ns": state["checkpoint"]["checkpoint_ns"]}}


async def list_checkpoints(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Return the checkpoints, newest first."""
    params = ListParams.model_validate(given)
    states = await read_history(
        server,
        identity,
        thread_id,
        limit=params.limit,
        before=params.before,
        checkpoint=_place(params.namespace),
    )
    return {"checkpoints": [_summary(state) for state in states]}


async def inject(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Add a message to the state, from which the next run goes on."""
    params = InjectParams.model_validate(given)
    message = params.message.model_dump(exclude_none=True)
    await write_state(
        server,
        identity,
        thread_id,
        values={"messages": [message]},
        as_node=None,
        checkpoint=CheckpointPlace(),
    )
    return {}


def _place(namespace: list[str]) -> CheckpointPlace:
    return (
        CheckpointPlace(checkpoint_ns=NAMESPACE_SEPARATOR.join(namespace)) if namespace else CheckpointPlace()
    )


def _summary(state: dict[str, Any]) -> dict[str, Any]:
    metadata = state["metadata"]
    return {
        "id": state["checkpoint"]["checkpoint_id"],
        "timestamp": state["created_at"],
        "step": metadata.get("step", -1),
        "metadata": metadata,
    }
