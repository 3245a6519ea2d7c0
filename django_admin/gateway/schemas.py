"""The bodies of the API, beside those of `narutalk.events`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from django_admin.conversations.models import TITLE_CHARS, Conversation, Feedback, Message, MessageStatus
from narutalk.events import Charts, Citation, Usage

MAX_PAGE = 100


class ChatBody(Schema):
    """A question.

    Attributes:
        message: What is asked.
        conversation_id: Where; a new conversation is begun when left out.
        message_id: Of the caller's making. The same id never asks twice, which makes a retry safe.
    """

    message: str
    conversation_id: UUID | None = None
    message_id: UUID | None = None


class ResumeBody(Schema):
    """A person's answer to what waits.

    Attributes:
        interrupt_id: As the `interrupt` event, or the waiting answer's `agents`, give it.
        decision: What to do.
        args: For ``edit``: the arguments to go on with.
        message_id: Of the caller's making. The same id never answers twice, which makes a retry safe.
    """

    interrupt_id: str = Field(min_length=1, max_length=200)
    decision: Literal["approve", "edit", "refuse"]
    args: dict[str, Any] | None = None
    message_id: UUID | None = None


class ConversationPatch(Schema):
    title: str = Field(min_length=1, max_length=TITLE_CHARS)


class ConversationOut(Schema):
    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, conversation: Conversation) -> "ConversationOut":
        return cls(
            id=conversation.pk,
            title=conversation.title,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
        )


class ConversationsOut(Schema):
    items: list[ConversationOut]
    total: int


class MessageError(Schema):
    code: str
    message: str


class FeedbackBody(Schema):
    """What a person thinks of an answer.

    Attributes:
        rating: None takes back what was thought before, with its comment.
        comment: At most 2,000 characters; left out, the comment stays as it is.
    """

    rating: Literal["up", "down"] | None
    comment: str | None = None


class FeedbackOut(Schema):
    rating: Literal["up", "down"] | None
    comment: str = ""

    @classmethod
    def of(cls, feedback: Feedback) -> "FeedbackOut":
        return cls.model_validate({"rating": feedback.rating, "comment": feedback.comment})


class MessageOut(Schema):
    """A message as it is stored; an answer's `reply_to` is the `message_id` of its turn."""

    id: UUID
    role: Literal["user", "assistant"]
    content: str
    status: Literal["running", "complete", "error", "interrupted"]
    reply_to: UUID | None
    language: str
    created_at: datetime
    intent: str
    confidence: float | None
    service_used: str
    route: dict[str, Any] | None
    agents: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    citations: list[Citation]
    charts: Charts
    usage: Usage
    degraded: bool
    duration_ms: float | None
    run_id: str | None
    trace_id: str | None
    error: MessageError | None
    feedback: FeedbackOut | None

    @classmethod
    def of(cls, message: Message) -> "MessageOut":
        error = (
            MessageError(code=message.error_code, message=message.error_message)
            if message.error_code
            else None
        )
        return cls.model_validate(
            {
                **{
                    name: getattr(message, name)
                    for name in cls.model_fields
                    if name not in ("error", "reply_to", "feedback")
                },
                "reply_to": message.reply_to_id,
                "run_id": message.run_id or None,
                "trace_id": message.trace_id or None,
                "error": error,
                "feedback": next((FeedbackOut.of(feedback) for feedback in message.feedback.all()), None),
            }
        )


class ConversationDetail(ConversationOut):
    """A conversation with a page of its messages, the earliest first."""

    messages: list[MessageOut]
    has_more: bool


class MemoryOut(Schema):
    """What the assistant remembers of a person.

    Attributes:
        kind: `note`: they asked to remember it; `preference`: how they like to be answered.
        name: Which preference it is; null for a note.
        language: In which it was said.
    """

    id: UUID
    text: str
    kind: Literal["note", "preference"]
    name: Literal["language", "format", "region", "team"] | None
    language: Literal["en", "ko"]
    created_at: datetime


class MemoriesOut(Schema):
    """A page of memories, the newest first."""

    items: list[MemoryOut]
    has_more: bool


class MemoriesDeleted(Schema):
    """How many memories there were, and are no more."""

    deleted: int


class StopOut(Schema):
    message_id: UUID
    status: MessageStatus


class ServiceOut(Schema):
    name: str
    title: str
    status: Literal["ok", "down"]


class ServicesOut(Schema):
    services: list[ServiceOut]
