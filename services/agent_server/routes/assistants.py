"""Assistants: the graphs of this server. They belong to nobody."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.agent_server.assistants import Assistant
from services.agent_server.graph_schemas import graph_schemas, subgraph_schemas
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, Offset, page_headers
from services.agent_server.serialization import json_response
from services.agent_server.state import Server

router = APIRouter(prefix="/assistants", tags=["assistants"])


class AssistantSearch(BaseModel):
    """Which assistants are meant."""

    graph_id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] | None = None
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
    sort_by: Literal["assistant_id", "graph_id", "name", "created_at", "updated_at"] = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"

    def matches(self, assistant: Assistant) -> bool:
        """Whether an assistant is meant."""
        metadata: dict[str, Any] = assistant.to_wire()["metadata"]
        return (
            (not self.graph_id or self.graph_id == assistant.graph_id)
            and (not self.name or self.name.lower() in assistant.graph_id.lower())
            and (self.metadata or {}).items() <= metadata.items()
        )


@router.post("/search", summary="Search assistants")
async def search(server: Server, body: AssistantSearch) -> Response:
    found = [entry.to_wire() for entry in server.assistants.all() if body.matches(entry)]
    found.sort(key=lambda entry: str(entry[body.sort_by]), reverse=body.sort_order == "desc")
    page = found[body.offset : body.offset + body.limit]
    headers = page_headers(total=len(found), offset=body.offset, count=len(page))
    return json_response(page, headers=headers)


@router.post("/count", summary="Count assistants")
async def count(server: Server, body: AssistantSearch) -> int:
    return sum(body.matches(entry) for entry in server.assistants.all())


@router.get("/{assistant_id}", summary="Read an assistant")
async def read(server: Server, assistant_id: str) -> Response:
    return json_response(server.assistants.get(assistant_id).to_wire())


@router.get("/{assistant_id}/graph", summary="Read the nodes and edges of an assistant's graph")
async def read_graph(server: Server, assistant_id: str, xray: bool | int = False) -> Response:
    graph = server.assistants.get(assistant_id).graph
    drawn = await graph.aget_graph(xray=xray)
    return json_response(drawn.to_json())


@router.get("/{assistant_id}/schemas", summary="Read the JSON schemas of an assistant's graph")
async def read_schemas(server: Server, assistant_id: str) -> Response:
    assistant = server.assistants.get(assistant_id)
    schemas = await asyncio.to_thread(graph_schemas, assistant.graph)
    return json_response({"graph_id": assistant.graph_id, **schemas})


@router.get("/{assistant_id}/subgraphs", summary="Read the schemas of the subgraphs")
async def read_subgraphs(
    server: Server, assistant_id: str, recurse: Annotated[bool, Query()] = False
) -> Response:
    graph = server.assistants.get(assistant_id).graph
    return json_response(await asyncio.to_thread(subgraph_schemas, graph, None, recurse=recurse))


@router.get("/{assistant_id}/subgraphs/{namespace}", summary="Read the schemas of one subgraph")
async def read_subgraph(
    server: Server, assistant_id: str, namespace: str, recurse: Annotated[bool, Query()] = False
) -> Response:
    graph = server.assistants.get(assistant_id).graph
    return json_response(await asyncio.to_thread(subgraph_schemas, graph, namespace, recurse=recurse))
