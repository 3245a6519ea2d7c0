"""The state of a thread, now and at its checkpoints."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from narutalk.errors import InvalidInput
from narutalk.identity import Identity
from services.agent_server.auth import Caller
from services.agent_server.routes.bodies import Body
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, LimitQuery
from services.agent_server.routes.thread_bodies import StateValues
from services.agent_server.runs.request import CheckpointPlace
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.threads.history import read_history, read_state, write_state
from services.agent_server.threads.states import SELECTABLE, select_state

router = APIRouter(prefix="/threads/{thread_id}", tags=["thread state"])

SelectQuery = Annotated[list[str] | None, Query()]


class StateAtCheckpoint(Body):
    """Which state is meant; a checkpoint without an id means the newest.

    Attributes:
        subgraphs: Whether the states of the subgraphs at work are in it.
        select: Fields of the state; ``values.<key>`` for one key of its values.
    """

    checkpoint: CheckpointPlace = CheckpointPlace()
    subgraphs: bool = False
    select: list[str] | None = None


class ThreadStateUpdate(Body):
    """Values to write to the state, as if a node had returned them."""

    values: StateValues = None
    as_node: str | None = None
    checkpoint: CheckpointPlace | None = None
    checkpoint_id: str | None = None

    def place(self) -> CheckpointPlace:
        """Return the checkpoint to write behind."""
        return self.checkpoint or CheckpointPlace(checkpoint_id=self.checkpoint_id)


class HistoryRequest(Body):
    """Which states are meant, newest first.

    Attributes:
        before: A checkpoint, or a config that holds one, or a checkpoint's id; only older ones are meant.
        metadata: Keys and values of the checkpoints' metadata.
        checkpoint: Of a subgraph, to read its history.
        select: Fields of each state; ``values.<key>`` for one key of its values.
    """

    limit: Limit = DEFAULT_LIMIT
    before: dict[str, Any] | str | None = None
    metadata: dict[str, Any] | None = None
    checkpoint: CheckpointPlace | None = None
    select: list[str] | None = None

    def before_id(self) -> str | None:
        """Return the id of the checkpoint that `before` names."""
        if not isinstance(self.before, dict):
            return self.before
        place = self.before.get("configurable") or self.before
        return CheckpointPlace.model_validate(place).checkpoint_id


@router.get("/state", summary="Read the newest state")
async def read_newest(
    server: Server,
    identity: Caller,
    thread_id: str,
    subgraphs: Annotated[bool, Query()] = False,
    select: SelectQuery = None,
) -> Response:
    return await _answer(server, identity, thread_id, CheckpointPlace(), subgraphs, select)


@router.post("/state", summary="Update the state")
async def update(server: Server, identity: Caller, thread_id: str, body: ThreadStateUpdate) -> Response:
    written = await write_state(
        server, identity, thread_id, values=body.values, as_node=body.as_node, checkpoint=body.place()
    )
    return json_response(written)


@router.post("/state/checkpoint", summary="Read the state at a checkpoint")
async def read_at(server: Server, identity: Caller, thread_id: str, body: StateAtCheckpoint) -> Response:
    return await _answer(server, identity, thread_id, body.checkpoint, body.subgraphs, body.select)


@router.get("/state/{checkpoint_id}", summary="Read the state at a checkpoint, by its id")
async def read_at_id(
    server: Server,
    identity: Caller,
    thread_id: str,
    checkpoint_id: str,
    subgraphs: Annotated[bool, Query()] = False,
    select: SelectQuery = None,
) -> Response:
    place = CheckpointPlace(checkpoint_id=checkpoint_id)
    return await _answer(server, identity, thread_id, place, subgraphs, select)


@router.get("/history", summary="List the states, newest first")
async def history(
    server: Server,
    identity: Caller,
    thread_id: str,
    limit: LimitQuery = DEFAULT_LIMIT,
    before: Annotated[str | None, Query()] = None,
    select: SelectQuery = None,
) -> Response:
    body = HistoryRequest(limit=limit, before=before, select=select)
    return await search_history(server, identity, thread_id, body)


@router.post("/history", summary="Search the states, newest first")
async def search_history(server: Server, identity: Caller, thread_id: str, body: HistoryRequest) -> Response:
    select = _names(body.select)
    found = await read_history(
        server,
        identity,
        thread_id,
        limit=body.limit,
        before=body.before_id(),
        metadata=body.metadata,
        checkpoint=body.checkpoint,
    )
    return json_response([select_state(state, select) for state in found])


async def _answer(
    server: Server,
    identity: Identity,
    thread_id: str,
    checkpoint: CheckpointPlace,
    subgraphs: bool,
    select: list[str] | None,
) -> Response:
    names = _names(select)
    state = await read_state(server, identity, thread_id, checkpoint=checkpoint, subgraphs=subgraphs)
    return json_response(select_state(state, names))


def _names(select: list[str] | None) -> list[str]:
    names = [name for entry in select or () for name in entry.split(",") if name]
    unknown = [name for name in names if name not in SELECTABLE and not name.startswith("values.")]
    if unknown:
        raise InvalidInput(
            f"`select` takes {', '.join(SELECTABLE)} and `values.<key>`.",
            code="select_invalid",
            details={"unknown": unknown[:20]},
        )
    return names
