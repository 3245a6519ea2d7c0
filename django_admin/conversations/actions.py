"""What changes conversations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.conversations.access import access_conversation, access_question
from django_admin.conversations.models import TITLE_CHARS, Conversation, Message, MessageRole, MessageStatus
from narutalk.errors import Conflict, NotFound
from narutalk.languages import detect_language

ASKABLE_AGAIN = (MessageStatus.ERROR, MessageStatus.INTERRUPTED)


class Asked(NamedTuple):
    """A stored question with its answer; `to_run` tells that the agents must now be asked."""

    question: Message
    answer: Message
    to_run: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an answer ended, and everything that was reported on the way; the names are those of `Message`."""

    status: MessageStatus
    content: str
    duration_ms: float
    intent: str = ""
    confidence: float | None = None
    service_used: str = ""
    route: dict[str, Any] | None = None
    agents: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    usage: dict[str, Any]
    degraded: bool = False
    error_code: str = ""
    error_message: str = ""
    run_id: str = ""
    trace_id: str = ""


def do_ask(user: User, *, message_id: UUID, conversation_id: UUID | None, text: str) -> Asked:
    """Store a question and its answer to be.

    The same message id again returns what is there; after a failure it is to be asked again.

    Raises:
        NotFound: ``conversation_not_found``, or ``message_not_found`` when the id is somebody else's.
        Conflict: ``message_id_reused`` when the id belongs to another question.
    """
    try:
        with transaction.atomic():
            return _store_question(user, message_id, conversation_id, text)
    except IntegrityError:  # the id is taken: by an earlier try, or by one that was quicker just now
        return _ask_again(user, message_id, conversation_id, text)


def do_finish(answer_id: UUID, outcome: Outcome) -> None:
    """Store how an answer ended. Does nothing when the conversation has been deleted meanwhile."""
    Message.objects.filter(pk=answer_id, status=MessageStatus.RUNNING).update(**vars(outcome))


def do_interrupt_left_over() -> int:
    """Mark the answers that a dead process left running as interrupted; return how many."""
    return Message.objects.filter(status=MessageStatus.RUNNING).update(
        status=MessageStatus.INTERRUPTED,
        error_code="interrupted",
        error_message="The server stopped before the answer was complete.",
    )


def do_rename(user: User, conversation_id: UUID, title: str) -> Conversation:
    """Give a person's conversation another title.

    Raises:
        NotFound: ``conversation_not_found``.
    """
    conversation = access_conversation(user, conversation_id)
    conversation.title = title
    conversation.save(update_fields=["title"])
    return conversation


def do_delete(user: User, conversation_id: UUID) -> None:
    """Delete a person's conversation with all its messages, for good.

    Raises:
        NotFound: ``conversation_not_found``.
    """
    access_conversation(user, conversation_id).delete()


def title_of(text: str) -> str:
    """Return a title for a conversation that begins with a question."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


def _store_question(user: User, message_id: UUID, conversation_id: UUID | None, text: str) -> Asked:
    now = timezone.now()
    if conversation_id:
        conversation = access_conversation(user, conversation_id)
        conversation.updated_at = now
        conversation.save(update_fields=["updated_at"])
    else:
        conversation = Conversation.objects.create(
            user=user, title=title_of(text), created_at=now, updated_at=now
        )
    language = detect_language(text).value
    question = Message.objects.create(
        pk=message_id,
        conversation=conversation,
        role=MessageRole.USER,
        content=text,
        status=MessageStatus.COMPLETE,
        language=language,
        created_at=now,
    )
    return Asked(question, _create_answer(question, now), to_run=True)


def _create_answer(question: Message, now: datetime) -> Message:
    return Message.objects.create(
        conversation=question.conversation,
        reply_to=question,
        role=MessageRole.ASSISTANT,
        status=MessageStatus.RUNNING,
        language=question.language,
        created_at=now + timedelta(microseconds=1),  # after its question, also on a coarse clock
    )


def _ask_again(user: User, message_id: UUID, conversation_id: UUID | None, text: str) -> Asked:
    question = access_question(user, message_id)
    if question.pk != message_id:
        raise NotFound("message")
    other_conversation = conversation_id is not None and question.conversation_id != conversation_id
    if other_conversation or question.content != text:
        raise Conflict("This message id belongs to another question.", code="message_id_reused")
    blank = Outcome(
        status=MessageStatus.RUNNING, content="", duration_ms=0, agents=[], tools=[], citations=[], usage={}
    )
    restarted = Message.objects.filter(reply_to=question, status__in=ASKABLE_AGAIN).update(**vars(blank))
    return Asked(question, Message.objects.get(reply_to=question), to_run=bool(restarted))
