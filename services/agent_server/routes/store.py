"""The store: long-term memory of the caller's, which graphs share below the caller's user id."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.agent_server.auth import Caller
from services.agent_server.error_answers import ErrorAnswer
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, Offset
from services.agent_server.runs.request import refused
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.store_items import delete_item, get_item, list_namespaces, put_item, search_items

router = APIRouter(prefix="/store", tags=["store"])

MIN_TTL_MINUTES = 0.01
MAX_TTL_MINUTES = 10 * 365 * 24 * 60
DEFAULT_NAMESPACES = 100
TOO_LARGE: dict[int | str, dict[str, Any]] = {413: {"model": ErrorAnswer, "description": "Too large"}}
NO_INDEX = "No embedding index is configured; items are found by namespace, key and filter."


class ItemPlace(BaseModel):
    """Where an item is: labels without periods, and a key."""

    model_config = ConfigDict(extra="forbid")

    namespace: list[str]
    key: str


class ItemPut(ItemPlace):
    """An item to store or replace.

    Attributes:
        index: Fields to index for search by meaning. Only null or false: there is no index.
        ttl: Minutes after which it goes by itself; each read begins them anew. Null: it stays.
    """

    value: dict[str, Any]
    index: Literal[False] | list[str] | None = None
    ttl: Annotated[float | None, Field(ge=MIN_TTL_MINUTES, le=MAX_TTL_MINUTES)] = None


class ItemSearch(BaseModel):
    """Which items are meant.

    Attributes:
        filter: Values by the keys of an item's value; or operators, such as ``{"age": {"$gt": 4}}``.
        query: Words to search for by meaning. Only null: there is no index.
        refresh_ttl: Whether the time to live of what is found begins anew; by default it does.
    """

    model_config = ConfigDict(extra="forbid")

    namespace_prefix: list[str] = []
    filter: dict[str, Any] | None = None
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
    query: str | None = None
    refresh_ttl: bool | None = None


class NamespaceSearch(BaseModel):
    """Which namespaces are meant; ``*`` in a prefix or a suffix is any label."""

    model_config = ConfigDict(extra="forbid")

    prefix: list[str] | None = None
    suffix: list[str] | None = None
    max_depth: Annotated[int | None, Field(ge=1, le=100)] = None
    limit: Limit = DEFAULT_NAMESPACES
    offset: Offset = 0


@router.put("/items", status_code=204, summary="Store or replace an item", responses=TOO_LARGE)
async def put(server: Server, identity: Caller, body: ItemPut) -> None:
    if body.index:
        raise refused("index", NO_INDEX, "store_without_index")
    await put_item(server.store, identity, body.namespace, body.key, body.value, ttl_minutes=body.ttl)


@router.get("/items", summary="Read an item; null when there is none")
async def read(
    server: Server,
    identity: Caller,
    key: Annotated[str, Query()],
    namespace: Annotated[str, Query(description="Labels, with periods between them")] = "",
    refresh_ttl: Annotated[bool | None, Query()] = None,
) -> Response:
    labels = namespace.split(".") if namespace else []
    return json_response(await get_item(server.store, identity, labels, key, refresh_ttl=refresh_ttl))


@router.delete("/items", status_code=204, summary="Delete an item")
async def delete(server: Server, identity: Caller, body: ItemPlace) -> None:
    await delete_item(server.store, identity, body.namespace, body.key)


@router.post("/items/search", summary="Search items below a namespace")
async def search(server: Server, identity: Caller, body: ItemSearch) -> Response:
    if body.query:
        raise refused("query", NO_INDEX, "store_without_index")
    found = await search_items(
        server.store,
        identity,
        body.namespace_prefix,
        wanted=body.filter or {},
        limit=body.limit,
        offset=body.offset,
        refresh_ttl=body.refresh_ttl,
    )
    return json_response({"items": found})


@router.post("/namespaces", summary="List namespaces")
async def namespaces(server: Server, identity: Caller, body: NamespaceSearch) -> Response:
    found = await list_namespaces(
        server.store,
        identity,
        prefix=body.prefix or [],
        suffix=body.suffix or [],
        max_depth=body.max_depth,
        limit=body.limit,
        offset=body.offset,
    )
    return json_response({"namespaces": found})
