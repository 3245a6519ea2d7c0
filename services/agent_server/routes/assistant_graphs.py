"""What an assistant's graph looks like: its nodes and edges, its schemas, its subgraphs."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import APIRouter, Query, Response

from narutalk.errors import InvalidInput
from narutalk.identity import Identity
from services.agent_server.access import access_assistant
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.auth import Caller
from services.agent_server.graphs.schemas import graph_schemas, subgraph_schemas
from services.agent_server.graphs.source import Graph, open_graph
from services.agent_server.runs.graph_config import graph_config
from services.agent_server.runs.request import RunConfig
from services.agent_server.serialization import json_response
from services.agent_server.state import Server

router = APIRouter(prefix="/assistants/{assistant_id}", tags=["assistants"])


@router.get("/graph", summary="Read the nodes and edges of an assistant's graph")
async def read_graph(
    server: Server, identity: Caller, assistant_id: str, xray: Annotated[bool | int, Query()] = False
) -> Response:
    if xray < 0:
        raise InvalidInput("`xray` is true, false, or a depth.", code="xray_invalid")
    async with _structure(await access_assistant(server, identity, assistant_id), identity) as graph:
        return json_response((await graph.aget_graph(xray=xray)).to_json())


@router.get("/schemas", summary="Read the JSON schemas of an assistant's graph")
async def read_schemas(server: Server, identity: Caller, assistant_id: str) -> Response:
    assistant = await access_assistant(server, identity, assistant_id)
    async with _structure(assistant, identity) as graph:
        schemas = await asyncio.to_thread(graph_schemas, graph)
    return json_response({"graph_id": assistant.graph_id, **schemas})


@router.get("/subgraphs", summary="Read the schemas of the subgraphs")
async def read_subgraphs(
    server: Server, identity: Caller, assistant_id: str, recurse: Annotated[bool, Query()] = False
) -> Response:
    async with _structure(await access_assistant(server, identity, assistant_id), identity) as graph:
        return json_response(await asyncio.to_thread(subgraph_schemas, graph, None, recurse=recurse))


@router.get("/subgraphs/{namespace}", summary="Read the schemas of one subgraph")
async def read_subgraph(
    server: Server,
    identity: Caller,
    assistant_id: str,
    namespace: str,
    recurse: Annotated[bool, Query()] = False,
) -> Response:
    async with _structure(await access_assistant(server, identity, assistant_id), identity) as graph:
        return json_response(await asyncio.to_thread(subgraph_schemas, graph, namespace, recurse=recurse))


def _structure(assistant: Assistant, identity: Identity) -> AbstractAsyncContextManager[Graph]:
    settings = assistant.stored.config if assistant.stored else {}
    config = graph_config(
        assistant=assistant, identity=identity, thread_id="", given=RunConfig.model_validate(settings)
    )
    return open_graph(assistant.graph, "assistants.read", config)
