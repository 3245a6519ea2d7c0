"""What an assistant's graph looks like: its nodes and edges, its schemas, its subgraphs."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from narutalk.errors import InvalidInput
from services.agent_server.access import access_assistant
from services.agent_server.auth import Caller
from services.agent_server.graph_schemas import graph_schemas, subgraph_schemas
from services.agent_server.serialization import json_response
from services.agent_server.state import Server

router = APIRouter(prefix="/assistants/{assistant_id}", tags=["assistants"])


@router.get("/graph", summary="Read the nodes and edges of an assistant's graph")
async def read_graph(
    server: Server, identity: Caller, assistant_id: str, xray: Annotated[bool | int, Query()] = False
) -> Response:
    if xray < 0:
        raise InvalidInput("`xray` is true, false, or a depth.", code="xray_invalid")
    graph = (await access_assistant(server, identity, assistant_id)).graph
    return json_response((await graph.aget_graph(xray=xray)).to_json())


@router.get("/schemas", summary="Read the JSON schemas of an assistant's graph")
async def read_schemas(server: Server, identity: Caller, assistant_id: str) -> Response:
    assistant = await access_assistant(server, identity, assistant_id)
    schemas = await asyncio.to_thread(graph_schemas, assistant.graph)
    return json_response({"graph_id": assistant.graph_id, **schemas})


@router.get("/subgraphs", summary="Read the schemas of the subgraphs")
async def read_subgraphs(
    server: Server, identity: Caller, assistant_id: str, recurse: Annotated[bool, Query()] = False
) -> Response:
    graph = (await access_assistant(server, identity, assistant_id)).graph
    return json_response(await asyncio.to_thread(subgraph_schemas, graph, None, recurse=recurse))


@router.get("/subgraphs/{namespace}", summary="Read the schemas of one subgraph")
async def read_subgraph(
    server: Server,
    identity: Caller,
    assistant_id: str,
    namespace: str,
    recurse: Annotated[bool, Query()] = False,
) -> Response:
    graph = (await access_assistant(server, identity, assistant_id)).graph
    return json_response(await asyncio.to_thread(subgraph_schemas, graph, namespace, recurse=recurse))
