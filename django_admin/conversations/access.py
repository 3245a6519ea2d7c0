"""Reading what is a person's own: what is absent and what is someone else's look the same."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation, Message, MessageRole, MessageStatus
from narutalk.errors import Conflict, NotFound


class ConversationPage(NamedTuple):
    items: list[Conversation]
    total: int


class MessagePage(NamedTuple):
    """Messages in the order in which they were written; `has_more` tells that there are earlier ones."""

    items: list[Message]
    has_more: bool


def access_conversation(user: User, conversation_id: UUID) -> Conversation:
    """Return a person's conversation.

    Raises:
        NotFound: ``conversation_not_found``.
    """
    try:
        return Conversation.objects.get(pk=conversation_id, user=user)
    except Conversation.DoesNotExist as error:
        raise NotFound("conversation") from error


def access_conversations(user: User, *, search: str = "", limit: int, offset: int = 0) -> ConversationPage:
    """Return a person's conversations, the last one asked in first.

    Args:
        user: Whose.
        search: Words that the title, a question or an answer must hold; empty for all.
        limit: How many at most.
        offset: How many to pass over.
    """
    found = Conversation.objects.filter(user=user)
    if search:
        holding = Message.objects.filter(conversation__user=user, content__icontains=search)
        found = found.filter(Q(title__icontains=search) | Q(pk__in=holding.values("conversation_id")))
    return ConversationPage(list(found[offset : offset + limit]), found.count())


def access_messages(
    user: User, conversation_id: UUID, *, limit: int, before: UUID | None = None
) -> MessagePage:
    """Return the last messages of a person's conversation with their feedback, or those before one of them.

    Raises:
        NotFound: ``conversation_not_found`` or ``message_not_found``.
    """
    conversation = access_conversation(user, conversation_id)
    messages = _messages_of(user).filter(conversation=conversation).prefetch_related("feedback")
    if before:
        messages = messages.filter(created_at__lt=_one(messages, before).created_at)
    latest = list(messages.order_by("-created_at")[: limit + 1])
    return MessagePage(latest[:limit][::-1], len(latest) > limit)


def access_question(user: User, message_id: UUID) -> Message:
    """Return a person's question, by its own id or by that of its answer.

    Raises:
        NotFound: ``message_not_found``.
    """
    message = _one(_messages_of(user).select_related("reply_to__answer", "answer"), message_id)
    if message.role == MessageRole.ASSISTANT and message.reply_to:
        return message.reply_to
    return message


def access_answer(user: User, message_id: UUID) -> Message:
    """Return a complete answer that a person was given.

    Raises:
        NotFound: ``message_not_found``.
        Conflict: ``not_an_answer`` when it is a question, ``answer_not_complete`` when it is not there yet,
            or never will be.
    """
    message = _one(_messages_of(user), message_id)
    if message.role != MessageRole.ASSISTANT:
        raise Conflict("This message is a question, not an answer.", code="not_an_answer")
    if message.status != MessageStatus.COMPLETE:
        raise Conflict("This answer is not complete.", code="answer_not_complete")
    return message


def _messages_of(user: User) -> QuerySet[Message]:
    return Message.objects.filter(conversation__user=user)


def _one(messages: QuerySet[Message], message_id: UUID) -> Message:
    try:
        return messages.get(pk=message_id)
    except Message.DoesNotExist as error:
        raise NotFound("message") from error
