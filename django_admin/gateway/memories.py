"""What the assistant remembers of a person: read, and delete, one or all."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router

from django_admin.accounts.scopes import Scope
from django_admin.gateway.auth import caller_identity, open_to
from django_admin.gateway.conversations import DEFAULT_PAGE, MAX_OFFSET, PageLimit
from django_admin.gateway.schemas import MemoriesDeleted, MemoriesOut, MemoryOut
from django_admin.gateway.state import gateway_of

router = Router(tags=["memories"])


@router.get(
    "/memories",
    response=MemoriesOut,
    auth=open_to(Scope.MEMORIES_READ),
    summary="List what the assistant remembers of you, the newest first",
    description="Answers `503 memories_unavailable` while the memory cannot be reached.",
)
async def list_memories(
    request: HttpRequest,
    limit: PageLimit = DEFAULT_PAGE,
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0,
) -> MemoriesOut:
    identity = await caller_identity(request)
    page = await gateway_of(request).memories.page(identity, limit=limit, offset=offset)
    items = [MemoryOut(**memory.model_dump()) for memory in page.items]
    return MemoriesOut(items=items, has_more=page.has_more)


@router.delete(
    "/memories/{uuid:memory_id}",
    response={204: None},
    auth=open_to(Scope.MEMORIES_WRITE),
    summary="Delete one memory",
    description="Answers `404 memory_not_found` where there is none, or where it is somebody else's.",
)
async def delete_memory(request: HttpRequest, memory_id: UUID) -> HttpResponse:
    await gateway_of(request).memories.delete(await caller_identity(request), memory_id)
    return HttpResponse(status=204)


@router.delete(
    "/memories",
    response=MemoriesDeleted,
    auth=open_to(Scope.MEMORIES_WRITE),
    summary="Delete all that the assistant remembers of you",
)
async def delete_memories(request: HttpRequest) -> MemoriesDeleted:
    return MemoriesDeleted(
        deleted=await gateway_of(request).memories.delete_all(await caller_identity(request))
    )
