"""Threads: create, read, change, delete, search, copy."""

from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from fastapi import APIRouter, Response
from langchain_core.utils.uuid import uuid7
from pydantic import BaseModel, Field

from narutalk.errors import Conflict
from narutalk.identity import Identity
from services.agent_server.access import access_thread, checked_id
from services.agent_server.auth import Caller
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, Offset, page_headers
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.storage.checkpoints import copy_thread
from services.agent_server.storage.models import Thread
from services.agent_server.storage.threads import ThreadFilter, new_thread
from services.agent_server.thread_deletion import delete_thread

router = APIRouter(prefix="/threads", tags=["threads"])

ThreadStatus = Literal["idle", "busy", "interrupted", "error"]
ThreadSortBy = Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"]


class ThreadCreate(BaseModel):
    """A new thread."""

    thread_id: str | None = None
    metadata: dict[str, Any] = {}
    if_exists: Literal["raise", "do_nothing"] = "raise"
    supersteps: None = None
    ttl: None = None


class ThreadPatch(BaseModel):
    """What to change of a thread: keys are added to its metadata."""

    metadata: dict[str, Any] = {}


class ThreadCount(BaseModel):
    """Which threads are meant."""

    metadata: dict[str, Any] | None = None
    values: dict[str, Any] | None = None
    status: ThreadStatus | None = None

    def to_filter(self, identity: Identity, ids: list[str] | None = None) -> ThreadFilter:
        """Return it as a filter over the caller's own threads."""
        return ThreadFilter(
            user_id=identity.user_id,
            metadata=self.metadata or {},
            values=self.values or {},
            status=self.status,
            ids=None if ids is None else tuple(checked_id(entry, "thread") for entry in ids),
        )


class ThreadSearch(ThreadCount):
    """Which threads are meant, in which order, and which page of them."""

    ids: list[str] | None = Field(default=None, max_length=1000)
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
    sort_by: ThreadSortBy = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"


@router.post("", summary="Create a thread")
async def create(server: Server, identity: Caller, body: ThreadCreate) -> Response:
    thread_id = checked_id(body.thread_id, "thread") if body.thread_id else str(uuid7())
    thread = new_thread(thread_id, identity.user_id, metadata=body.metadata)
    try:
        await server.threads.add(thread)
    except Conflict:
        thread = await access_thread(server, identity, thread_id)
        if body.if_exists == "raise":
            raise
    return json_response(thread_to_wire(thread))


@router.post("/search", summary="Search the caller's threads")
async def search(server: Server, identity: Caller, body: ThreadSearch) -> Response:
    wanted = body.to_filter(identity, body.ids)
    found = await server.threads.search(
        wanted,
        sort_by=body.sort_by,
        descending=body.sort_order == "desc",
        limit=body.limit,
        offset=body.offset,
    )
    total = await server.threads.count(wanted)
    headers = page_headers(total=total, offset=body.offset, count=len(found))
    return json_response([thread_to_wire(thread) for thread in found], headers=headers)


@router.post("/count", summary="Count the caller's threads")
async def count(server: Server, identity: Caller, body: ThreadCount) -> int:
    return await server.threads.count(body.to_filter(identity))


@router.get("/{thread_id}", summary="Read a thread")
async def read(server: Server, identity: Caller, thread_id: str) -> Response:
    return json_response(thread_to_wire(await access_thread(server, identity, thread_id)))


@router.patch("/{thread_id}", summary="Add to a thread's metadata")
async def patch(server: Server, identity: Caller, thread_id: str, body: ThreadPatch) -> Response:
    thread = await access_thread(server, identity, thread_id)
    thread.meta = {**thread.meta, **body.metadata}
    thread.updated_at = datetime.now(UTC)
    await server.threads.update(thread.thread_id, meta=thread.meta, updated_at=thread.updated_at)
    return json_response(thread_to_wire(thread))


@router.delete("/{thread_id}", status_code=204, summary="Delete a thread with its runs and checkpoints")
async def delete(server: Server, identity: Caller, thread_id: str) -> None:
    thread = await access_thread(server, identity, thread_id)
    await delete_thread(server, thread.thread_id)


@router.post("/{thread_id}/copy", summary="Copy a thread with its checkpoints")
async def copy(server: Server, identity: Caller, thread_id: str) -> Response:
    source = await access_thread(server, identity, thread_id)
    copied = new_thread(str(uuid7()), identity.user_id, metadata=source.meta)
    copied.values_json, copied.interrupts, copied.config = (
        source.values_json,
        source.interrupts,
        source.config,
    )
    copied.status = "interrupted" if source.interrupts else "idle"
    await copy_thread(server.checkpointer, source.thread_id, copied.thread_id)
    await server.threads.add(copied)
    return json_response(thread_to_wire(copied))


def thread_to_wire(thread: Thread) -> dict[str, Any]:
    """Return a thread as LangGraph clients read it."""
    return {
        "thread_id": thread.thread_id,
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "state_updated_at": thread.state_updated_at,
        "metadata": thread.meta,
        "status": thread.status,
        "config": thread.config,
        "values": orjson.Fragment(thread.values_json) if thread.values_json else None,
        "error": thread.error,
        "interrupts": thread.interrupts,
    }
