"""Crons: runs that are started by a schedule. Before the routes of runs, whose paths would match theirs."""

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from narutalk.identity import Identity
from services.agent_server.access import access_cron
from services.agent_server.auth import Caller
from services.agent_server.crons.changes import change_cron, create_cron, cron_to_wire, find_crons, in_order
from services.agent_server.crons.request import CronCreate, CronPatch
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, Offset, page_headers
from services.agent_server.serialization import json_response
from services.agent_server.state import Server
from services.agent_server.storage.models import Cron

router = APIRouter(tags=["crons"])

CronField = Literal[
    "cron_id",
    "assistant_id",
    "thread_id",
    "on_run_completed",
    "end_time",
    "schedule",
    "timezone",
    "created_at",
    "updated_at",
    "user_id",
    "payload",
    "next_run_date",
    "metadata",
    "enabled",
]
CronSortBy = Literal[
    "cron_id", "assistant_id", "thread_id", "created_at", "updated_at", "next_run_date", "end_time"
]


class CronCount(BaseModel):
    """Which of the caller's crons are meant.

    Attributes:
        assistant_id: Its id or its graph's name.
        metadata: Keys and values that the metadata has.
    """

    model_config = ConfigDict(extra="forbid")

    assistant_id: str | None = None
    thread_id: str | None = None
    enabled: bool | None = None
    metadata: dict[str, Any] | None = None

    async def find(self, server: Server, identity: Identity) -> list[Cron]:
        """Return them."""
        return await find_crons(
            server,
            identity,
            assistant_id=self.assistant_id,
            thread_id=self.thread_id,
            enabled=self.enabled,
            metadata=self.metadata or {},
        )


class CronSearch(CronCount):
    """Which of the caller's crons are meant, in which order, which page of them, and which fields."""

    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
    sort_by: CronSortBy = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"
    select: list[CronField] | None = None


@router.post("/threads/{thread_id}/runs/crons", summary="Create a cron that runs on a thread")
async def create_on_thread(server: Server, identity: Caller, thread_id: str, body: CronCreate) -> Response:
    return json_response(cron_to_wire(await create_cron(server, identity, body, thread_id=thread_id)))


@router.post("/runs/crons", summary="Create a cron that runs on a new thread each time")
async def create(server: Server, identity: Caller, body: CronCreate) -> Response:
    return json_response(cron_to_wire(await create_cron(server, identity, body)))


@router.post("/runs/crons/search", summary="Search the caller's crons")
async def search(server: Server, identity: Caller, body: CronSearch) -> Response:
    found = [cron_to_wire(cron) for cron in await body.find(server, identity)]
    ordered = in_order(found, body.sort_by, descending=body.sort_order == "desc")
    page = ordered[body.offset : body.offset + body.limit]
    headers = page_headers(total=len(found), offset=body.offset, count=len(page))
    return json_response([_selected(entry, body.select) for entry in page], headers=headers)


@router.post("/runs/crons/count", summary="Count the caller's crons")
async def count(server: Server, identity: Caller, body: CronCount) -> int:
    return len(await body.find(server, identity))


@router.get("/runs/crons/{cron_id}", summary="Read a cron")
async def read(server: Server, identity: Caller, cron_id: str) -> Response:
    return json_response(cron_to_wire(await access_cron(server, identity, cron_id)))


@router.patch("/runs/crons/{cron_id}", summary="Change a cron, or enable it again")
async def patch(server: Server, identity: Caller, cron_id: str, body: CronPatch) -> Response:
    return json_response(cron_to_wire(await change_cron(server, identity, cron_id, body)))


@router.delete("/runs/crons/{cron_id}", status_code=204, summary="Delete a cron; its runs go on")
async def delete(server: Server, identity: Caller, cron_id: str) -> None:
    cron = await access_cron(server, identity, cron_id)
    await server.crons.delete(cron.cron_id)


def _selected(entry: dict[str, Any], fields: list[CronField] | None) -> dict[str, Any]:
    return {name: entry[name] for name in fields} if fields else entry
