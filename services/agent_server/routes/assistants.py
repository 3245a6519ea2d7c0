"""Assistants: the graphs of this server, which belong to nobody, and what users made of them."""

from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Query, Response
from pydantic import Field

from narutalk.identity import Identity
from services.agent_server.access import access_assistant, access_stored_assistant, checked_id
from services.agent_server.assistants.actions import (
    delete_assistant,
    new_assistant,
    require_graph,
    run_settings,
    store_assistant,
)
from services.agent_server.assistants.catalog import stored_to_wire, version_to_wire
from services.agent_server.assistants.search import count_assistants, search_assistants
from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.agent_server.routes.bodies import Body, selected
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, Offset, page_headers
from services.agent_server.runs.request import RunConfig
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.storage.assistants import AssistantFilter

router = APIRouter(
    prefix="/assistants",
    tags=["assistants"],
    responses={
        403: {"model": ErrorAnswer, "description": "A graph's own assistant cannot be changed"},
    },
)

AssistantField = Literal[
    "assistant_id",
    "graph_id",
    "name",
    "description",
    "config",
    "context",
    "created_at",
    "updated_at",
    "metadata",
    "version",
]
MAX_NAME_CHARS = 1000
MAX_DESCRIPTION_CHARS = 10_000
MAX_VERSION = 2**31 - 1

Name = Annotated[str, Field(max_length=MAX_NAME_CHARS)]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_CHARS)]


class AssistantPatch(Body):
    """What to change of an assistant; keys are added to its metadata, the rest is replaced."""

    graph_id: str | None = None
    config: RunConfig | None = None
    context: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    name: Name | None = None
    description: Description | None = None


class AssistantCreate(AssistantPatch):
    """A new assistant."""

    graph_id: str
    assistant_id: str | None = None
    if_exists: Literal["raise", "do_nothing"] | None = None


class AssistantCount(Body):
    """Which assistants are meant."""

    graph_id: str | None = None
    name: Name | None = None
    metadata: dict[str, Any] | None = None

    def to_filter(self, identity: Identity) -> AssistantFilter:
        """Return it as a filter over the caller's own assistants."""
        return AssistantFilter(identity.user_id, self.graph_id, self.name, self.metadata or {})


class AssistantSearch(AssistantCount):
    """Which assistants are meant, in which order, which page and which fields of them."""

    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
    sort_by: Literal["assistant_id", "graph_id", "name", "created_at", "updated_at"] = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"
    select: list[AssistantField] | None = None


class VersionSearch(Body):
    """Which versions are meant."""

    metadata: dict[str, Any] | None = None
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0


class VersionChoice(Body):
    """The version to put in force."""

    version: Annotated[int, Field(ge=1, le=MAX_VERSION)]


@router.post("", summary="Make an assistant of a graph")
async def create(server: Server, identity: Caller, body: AssistantCreate) -> Response:
    require_graph(server, body.graph_id)
    assistant_id = checked_id(body.assistant_id, "assistant") if body.assistant_id else str(uuid4())
    assistant = new_assistant(
        assistant_id,
        identity.user_id,
        **{name: getattr(body, name) for name in AssistantPatch.model_fields},
    )
    stored = await store_assistant(
        server, identity, assistant, do_nothing_if_exists=body.if_exists == "do_nothing"
    )
    return json_response(stored_to_wire(stored))


@router.post("/search", summary="Search the graphs' and the caller's assistants")
async def search(server: Server, identity: Caller, body: AssistantSearch) -> Response:
    wanted = body.to_filter(identity)
    found = await search_assistants(
        server,
        wanted,
        sort_by=body.sort_by,
        descending=body.sort_order == "desc",
        limit=body.limit,
        offset=body.offset,
    )
    total = await count_assistants(server, wanted)
    headers = page_headers(total=total, offset=body.offset, count=len(found))
    return json_response([selected(entry, body.select) for entry in found], headers=headers)


@router.post("/count", summary="Count the graphs' and the caller's assistants")
async def count(server: Server, identity: Caller, body: AssistantCount) -> int:
    return await count_assistants(server, body.to_filter(identity))


@router.get("/{assistant_id}", summary="Read an assistant")
async def read(server: Server, identity: Caller, assistant_id: str) -> Response:
    return json_response((await access_assistant(server, identity, assistant_id)).to_wire())


@router.patch("/{assistant_id}", summary="Make a new version of an assistant")
async def patch(server: Server, identity: Caller, assistant_id: str, body: AssistantPatch) -> Response:
    stored = await access_stored_assistant(server, identity, assistant_id)
    if body.graph_id is not None:
        require_graph(server, body.graph_id)
    given = body.model_dump(include={"graph_id", "name", "description"}, exclude_none=True)
    settings = run_settings(body.config, body.context, before=stored.config)
    changes = given | settings | ({"meta": body.metadata} if body.metadata else {})
    changed = await server.stored_assistants.change(stored.assistant_id, changes)
    return json_response(stored_to_wire(changed))


@router.delete("/{assistant_id}", status_code=204, summary="Delete an assistant with its versions")
async def delete(
    server: Server, identity: Caller, assistant_id: str, delete_threads: Annotated[bool, Query()] = False
) -> None:
    await delete_assistant(server, identity, assistant_id, delete_threads=delete_threads)


@router.post("/{assistant_id}/versions", summary="List the versions of an assistant, newest first")
async def versions(server: Server, identity: Caller, assistant_id: str, body: VersionSearch) -> Response:
    assistant = await access_assistant(server, identity, assistant_id)
    if assistant.stored is None:
        only = [assistant.to_wire()] if not body.metadata and not body.offset else []
        return json_response([{key: entry[key] for key in entry if key != "updated_at"} for entry in only])
    found = await server.stored_assistants.versions(
        assistant.assistant_id, metadata=body.metadata or {}, limit=body.limit, offset=body.offset
    )
    return json_response([version_to_wire(version) for version in found])


@router.post("/{assistant_id}/latest", summary="Put a version of an assistant in force")
async def choose(server: Server, identity: Caller, assistant_id: str, body: VersionChoice) -> Response:
    stored = await access_stored_assistant(server, identity, assistant_id)
    return json_response(
        stored_to_wire(await server.stored_assistants.choose(stored.assistant_id, body.version))
    )
