"""A person's conversations: list, read, rename, delete."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router

from django_admin.accounts.identity import identity_of
from django_admin.accounts.scopes import Scope
from django_admin.config.threads import in_database
from django_admin.conversations.access import access_conversation, access_conversations, access_messages
from django_admin.conversations.actions import do_delete, do_rename, title_of
from django_admin.gateway.auth import open_to, user_of
from django_admin.gateway.schemas import (
    MAX_PAGE,
    ConversationDetail,
    ConversationOut,
    ConversationPatch,
    ConversationsOut,
    MessageOut,
)
from django_admin.gateway.state import gateway_of
from narutalk.errors import InvalidInput

router = Router(tags=["conversations"])

DEFAULT_PAGE = 50
MAX_OFFSET = 1_000_000
PageLimit = Annotated[int, Field(ge=1, le=MAX_PAGE)]


@router.get(
    "/conversations",
    response=ConversationsOut,
    auth=open_to(Scope.CONVERSATIONS_READ),
    summary="List conversations, the latest first",
)
async def list_conversations(
    request: HttpRequest,
    search: Annotated[str, Field(max_length=200)] = "",
    limit: PageLimit = DEFAULT_PAGE,
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0,
) -> ConversationsOut:
    page = await in_database(
        access_conversations,
        user_of(request),
        search=search.replace("\x00", "").strip(),
        limit=limit,
        offset=offset,
    )
    return ConversationsOut(items=[ConversationOut.of(item) for item in page.items], total=page.total)


@router.get(
    "/conversations/{uuid:conversation_id}",
    response=ConversationDetail,
    auth=open_to(Scope.CONVERSATIONS_READ),
    summary="Read a conversation",
)
async def read_conversation(
    request: HttpRequest,
    conversation_id: UUID,
    limit: PageLimit = DEFAULT_PAGE,
    before: UUID | None = None,
) -> ConversationDetail:
    user = user_of(request)
    conversation = await in_database(access_conversation, user, conversation_id)
    page = await in_database(access_messages, user, conversation_id, limit=limit, before=before)
    return ConversationDetail(
        **ConversationOut.of(conversation).model_dump(),
        messages=[MessageOut.of(message) for message in page.items],
        has_more=page.has_more,
    )


@router.patch(
    "/conversations/{uuid:conversation_id}",
    response=ConversationOut,
    auth=open_to(Scope.CONVERSATIONS_WRITE),
    summary="Rename a conversation",
)
async def rename_conversation(
    request: HttpRequest, conversation_id: UUID, body: ConversationPatch
) -> ConversationOut:
    title = title_of(body.title.replace("\x00", ""))
    if not title:
        raise InvalidInput("The title is empty.", code="title_empty")
    return ConversationOut.of(await in_database(do_rename, user_of(request), conversation_id, title))


@router.delete(
    "/conversations/{uuid:conversation_id}",
    response={204: None},
    auth=open_to(Scope.CONVERSATIONS_WRITE),
    summary="Delete a conversation",
)
async def delete_conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    user, gateway = user_of(request), gateway_of(request)
    await in_database(access_conversation, user, conversation_id)
    await gateway.turns.stop_conversation(conversation_id)
    await in_database(do_delete, user, conversation_id)
    identity = await in_database(identity_of, user, conversation_id=str(conversation_id))
    await gateway.router.delete_thread(identity, conversation_id=conversation_id)
    return HttpResponse(status=204)
