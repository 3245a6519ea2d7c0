"""Thumbs up and down."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from django_admin.accounts.scopes import Scope
from django_admin.config.threads import in_database
from django_admin.conversations.feedback import do_rate, do_take_rating_back
from django_admin.conversations.models import Rating
from django_admin.gateway.auth import open_to, user_of
from django_admin.gateway.schemas import FeedbackBody, FeedbackOut

router = Router(tags=["conversations"])


@router.post(
    "/messages/{uuid:message_id}/feedback",
    response=FeedbackOut,
    auth=open_to(Scope.CONVERSATIONS_WRITE),
    summary="Say whether an answer was good",
)
async def rate(request: HttpRequest, message_id: UUID, body: FeedbackBody) -> FeedbackOut:
    user = user_of(request)
    if body.rating is None:
        await in_database(do_take_rating_back, user, message_id)
        return FeedbackOut(rating=None)
    feedback = await in_database(do_rate, user, message_id, Rating(body.rating), comment=body.comment)
    return FeedbackOut.of(feedback)
