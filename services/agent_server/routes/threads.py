"""Threads: create, read, change, delete, search, copy, prune."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from langchain_core.utils.uuid import uuid7

from narutalk.errors import InvalidInput
from services.agent_server.access import access_thread, checked_id
from services.agent_server.auth import Caller
from services.agent_server.routes.paging import page_headers
from services.agent_server.routes.thread_bodies import (
    ThreadCount,
    ThreadCreate,
    ThreadPatch,
    ThreadPrune,
    ThreadSearch,
)
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.storage.checkpoint_tables import CheckpointTables, Size
from services.agent_server.storage.threads import new_thread
from services.agent_server.threads.actions import copy_thread, create_thread, prune_threads
from services.agent_server.threads.deletion import delete_thread
from services.agent_server.threads.views import extracted, needs_values, thread_to_wire, ttl_to_wire

router = APIRouter(prefix="/threads", tags=["threads"])

INCLUDES = frozenset({"ttl"})
MINIMAL = "return=minimal"


@router.post("", summary="Create a thread")
async def create(server: Server, identity: Caller, body: ThreadCreate) -> Response:
    thread_id = checked_id(body.thread_id, "thread") if body.thread_id else str(uuid7())
    lifetime = body.ttl.lifetime().columns() if body.ttl else {}
    thread = await create_thread(
        server,
        identity,
        new_thread(thread_id, identity.user_id, metadata=body.metadata, **lifetime),
        supersteps=body.state_updates(),
        return_existing=body.if_exists == "do_nothing",
    )
    return json_response(thread_to_wire(thread))


@router.post("/search", summary="Search the caller's threads")
async def search(server: Server, identity: Caller, body: ThreadSearch) -> Response:
    wanted, fields, paths = body.to_filter(identity, body.ids), body.fields(), body.paths()
    found = await server.threads.search(
        wanted,
        sort_by=body.sort_by or "created_at",
        descending=body.sort_order != "asc",
        limit=body.limit,
        offset=body.offset,
        with_values=needs_values(fields, paths),
    )
    total = await server.threads.count(wanted)
    shown = [thread_to_wire(thread, fields=fields) for thread in found]
    if paths:
        for entry, thread in zip(shown, found, strict=True):
            entry["extracted"] = extracted(thread, paths)
    return json_response(shown, headers=page_headers(total=total, offset=body.offset, count=len(found)))


@router.post("/count", summary="Count the caller's threads")
async def count(server: Server, identity: Caller, body: ThreadCount) -> int:
    return await server.threads.count(body.to_filter(identity))


@router.post("/prune", summary="Delete threads, or all but their newest state")
async def prune(server: Server, identity: Caller, body: ThreadPrune) -> dict[str, int]:
    deletes = body.strategy == "delete"
    return {"pruned_count": await prune_threads(server, identity, body.ids(), delete=deletes)}


@router.get("/{thread_id}", summary="Read a thread; `include=ttl` says how long it is kept")
async def read(
    server: Server, identity: Caller, thread_id: str, include: Annotated[list[str] | None, Query()] = None
) -> Response:
    thread = await access_thread(server, identity, thread_id)
    shown = thread_to_wire(thread)
    return json_response(shown | {"ttl": ttl_to_wire(thread)} if _names(include) else shown)


@router.patch(
    "/{thread_id}",
    summary="Add to a thread's metadata, or keep it for another time",
    responses={204: {"description": "Changed; the client prefers no body"}},
)
async def patch(
    server: Server,
    identity: Caller,
    thread_id: str,
    body: ThreadPatch,
    prefer: Annotated[str | None, Header()] = None,
) -> Response:
    thread = await access_thread(server, identity, thread_id)
    lifetime = body.ttl.lifetime().columns() if body.ttl else {}
    changed = await server.threads.change(thread.thread_id, metadata=body.metadata or {}, **lifetime)
    if lifetime:
        server.housekeeping.wake()
    return Response(status_code=204) if prefer == MINIMAL else json_response(thread_to_wire(changed))


@router.delete("/{thread_id}", status_code=204, summary="Delete a thread with its runs and checkpoints")
async def delete(server: Server, identity: Caller, thread_id: str) -> None:
    thread = await access_thread(server, identity, thread_id)
    await delete_thread(server, thread.thread_id)


@router.post("/{thread_id}/copy", summary="Copy a thread with its checkpoints")
async def copy(server: Server, identity: Caller, thread_id: str) -> Response:
    return json_response(thread_to_wire(await copy_thread(server, identity, thread_id)))


@router.get("/{thread_id}/storage", summary="Read how many bytes a thread's states occupy")
async def read_storage(server: Server, identity: Caller, thread_id: str) -> dict[str, Any]:
    thread = await access_thread(server, identity, thread_id)
    sizes = await CheckpointTables(server.checkpointer).sizes(thread.thread_id)
    values = Size(
        sum(size.rows for size in sizes.values.values()),
        sum(size.size_bytes for size in sizes.values.values()),
    )
    return {
        "thread_id": thread.thread_id,
        "total_bytes": sizes.checkpoints.size_bytes + values.size_bytes + sizes.writes.size_bytes,
        "checkpoints": _size(sizes.checkpoints),
        "channel_values": _size(values)
        | {
            "by_channel": {
                channel: {"versions": size.rows, "bytes": size.size_bytes}
                for channel, size in sizes.values.items()
            }
        },
        "pending_writes": _size(sizes.writes),
    }


def _size(size: Size) -> dict[str, Any]:
    return {"count": size.rows, "bytes": size.size_bytes}


def _names(include: list[str] | None) -> set[str]:
    names = {name for entry in include or () for name in entry.split(",") if name}
    if names - INCLUDES:
        raise InvalidInput(f"`include` takes: {', '.join(sorted(INCLUDES))}.", code="include_invalid")
    return names
