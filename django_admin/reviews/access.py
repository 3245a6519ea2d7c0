"""Reading other people's conversations, which is for reviewers and leaves a trace."""

from typing import NamedTuple
from uuid import UUID

from django.core.paginator import Page, Paginator

from django_admin.accounts.models import User
from django_admin.accounts.roles import has_role
from django_admin.conversations.models import Conversation, Message, MessageRole
from django_admin.reviews.access_log import log_access
from django_admin.reviews.models import Note
from narutalk.errors import Forbidden, NotFound
from narutalk.identity import Role

TURNS_PER_PAGE = 20


class Opened(NamedTuple):
    """A conversation that has been opened: a page of its questions, each with its answer and feedback."""

    conversation: Conversation
    questions: Page[Message]


def access_reviewed(reviewer: User, conversation_id: UUID) -> Conversation:
    """Return anybody's conversation, to write about it.

    Raises:
        Forbidden: This person is no reviewer.
        NotFound: ``conversation_not_found``.
    """
    if not has_role(reviewer, Role.REVIEWER):
        raise Forbidden("Conversations are read by reviewers only.")
    try:
        return Conversation.objects.select_related("user", "review__reviewer").get(pk=conversation_id)
    except Conversation.DoesNotExist as error:
        raise NotFound("conversation") from error


def access_transcript(reviewer: User, conversation_id: UUID, *, number: str, page: str) -> Opened:
    """Open a conversation: the only way to other people's messages, and the one that is logged.

    Args:
        reviewer: Who opens it.
        conversation_id: Of the conversation.
        number: Which page of its turns, from 1; what is no page gives the nearest one.
        page: The address that the reviewer came from.

    Raises:
        Forbidden: This person is no reviewer.
        NotFound: ``conversation_not_found``.
    """
    conversation = access_reviewed(reviewer, conversation_id)
    log_access(reviewer, conversation, page=page)
    questions = (
        Message.objects.filter(conversation=conversation, role=MessageRole.USER)
        .select_related("answer")
        .prefetch_related("answer__feedback")
        .order_by("created_at")
    )
    return Opened(conversation, Paginator(questions, TURNS_PER_PAGE).get_page(number))


def access_own_note(author: User, note_id: int) -> Note:
    """Return a note of a person's own.

    Raises:
        NotFound: ``note_not_found``, also when somebody else wrote it.
    """
    try:
        return Note.objects.get(pk=note_id, author=author)
    except Note.DoesNotExist as error:
        raise NotFound("note") from error
