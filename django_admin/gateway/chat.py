"""Asking: as one answer, as a stream, on with a broken stream, and stopping."""

from uuid import UUID, uuid4

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from django_admin.accounts.scopes import Scope
from django_admin.conversations.actions import PersonAnswer
from django_admin.gateway.auth import open_to, user_of
from django_admin.gateway.phrases import decided
from django_admin.gateway.schemas import ChatBody, ResumeBody, StopOut
from django_admin.gateway.sse import stream_response
from django_admin.gateway.state import gateway_of
from django_admin.gateway.turns import Turn
from narutalk.errors import (
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    NaruTalkError,
    Unavailable,
    UpstreamFailed,
)
from narutalk.events import Answer, ErrorEvent

router = Router(tags=["chat"])

ERROR_KINDS: dict[str, type[NaruTalkError]] = {
    "router_unavailable": Unavailable,
    "deadline_exceeded": DeadlineExceeded,
    "interrupted": Conflict,
}


@router.post("/chat", response=Answer, auth=open_to(Scope.CHAT), summary="Ask, and wait for the answer")
async def chat(request: HttpRequest, body: ChatBody) -> Answer:
    turn = await _ask(request, body)
    closing = await turn.log.outcome()
    if isinstance(closing, ErrorEvent):
        ids = {"conversation_id": str(turn.conversation_id), "message_id": str(turn.message_id)}
        raise ERROR_KINDS.get(closing.code, UpstreamFailed)(closing.message, code=closing.code, details=ids)
    return Answer.model_validate(closing.model_dump(exclude={"type"}))


@router.post(
    "/chat/stream", auth=open_to(Scope.CHAT), summary="Ask, and follow the answer (server-sent events)"
)
async def chat_stream(request: HttpRequest, body: ChatBody) -> StreamingHttpResponse:
    return stream_response(await _ask(request, body))


@router.post(
    "/conversations/{uuid:conversation_id}/resume",
    auth=open_to(Scope.CHAT),
    summary="Answer an approval, and follow what comes of it (server-sent events)",
)
async def resume(request: HttpRequest, conversation_id: UUID, body: ResumeBody) -> StreamingHttpResponse:
    if (body.decision == "edit") != (body.args is not None):
        raise InvalidInput("Arguments belong to an edit, and to nothing else.", code="args_invalid")
    answer = PersonAnswer(body.interrupt_id, body.decision, body.args, decided(body.decision))
    turn = await gateway_of(request).turns.resume(
        user_of(request), conversation_id, message_id=body.message_id or uuid4(), answer=answer
    )
    return stream_response(turn)


@router.get(
    "/chat/stream/{uuid:message_id}", auth=open_to(Scope.CHAT), summary="Follow a turn, on from Last-Event-ID"
)
async def follow_stream(request: HttpRequest, message_id: UUID) -> StreamingHttpResponse:
    after = _last_event_id(request)
    turn = await gateway_of(request).turns.find(user_of(request), message_id, after=after)
    return stream_response(turn, after=after)


@router.post(
    "/messages/{uuid:message_id}/stop", response=StopOut, auth=open_to(Scope.CHAT), summary="Stop an answer"
)
async def stop(request: HttpRequest, message_id: UUID) -> StopOut:
    status = await gateway_of(request).turns.stop(user_of(request), message_id)
    return StopOut(message_id=message_id, status=status)


async def _ask(request: HttpRequest, body: ChatBody) -> Turn:
    gateway = gateway_of(request)
    return await gateway.turns.ask(
        user_of(request),
        message_id=body.message_id or uuid4(),
        conversation_id=body.conversation_id,
        text=question_text(body.message, max_chars=gateway.settings.max_message_chars),
    )


def question_text(message: str, *, max_chars: int) -> str:
    """Return what is asked, without the space around it.

    Raises:
        InvalidInput: ``message_empty`` or ``message_too_long``.
    """
    text = message.replace("\x00", "").strip()
    if not text:
        raise InvalidInput("The message is empty.", code="message_empty")
    if len(text) > max_chars:
        raise InvalidInput(
            f"The message is longer than {max_chars:,} characters.",
            code="message_too_long",
            details={"max_chars": max_chars, "chars": len(text)},
        )
    return text


def _last_event_id(request: HttpRequest) -> int:
    given = request.headers.get("Last-Event-ID", "0")
    if not given.isascii() or not given.isdigit():
        raise InvalidInput("Last-Event-ID is a number.", code="last_event_id_invalid")
    return int(given)
