"""The log of who opened what. Every page that shows what other people said writes to it."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation
from django_admin.reviews.models import PAGE_CHARS, ReviewAccess


def came_from(request: HttpRequest) -> str:
    """Return the address on this site that a request was made from, or nothing."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host():
        return ""
    return f"{referer.path}?{referer.query}" if referer.query else referer.path


def log_access(reviewer: User, conversation: Conversation, *, page: str) -> None:
    """Log that somebody sees the messages of a conversation, unless it is their own."""
    if conversation.user_id == reviewer.pk:
        return
    ReviewAccess.objects.create(
        reviewer=reviewer,
        owner_id=conversation.user_id,
        conversation_id=conversation.pk,
        page=page[:PAGE_CHARS],
    )


def log_shown(request: HttpRequest, conversation_ids: Iterable[str]) -> None:
    """Log that another page, such as a trace, shows what was said in these conversations."""
    wanted = [given for given in map(_uuid, conversation_ids) if given]
    for conversation in Conversation.objects.filter(pk__in=wanted):
        if isinstance(request.user, User):
            log_access(request.user, conversation, page=came_from(request))


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
