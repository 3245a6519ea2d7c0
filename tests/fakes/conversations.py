"""Conversations as the manager stores them, without asking anybody."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.turns import RECORDS_CITATION, SALES_ANSWER, TRAVEL_CITATION, two_agent_turn

if TYPE_CHECKING:
    from django_admin.accounts.models import User
    from django_admin.conversations.models import Conversation, Message

ASKED_AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
TWO_AGENTS: dict[str, Any] = {
    "content": SALES_ANSWER,
    "intent": "employee_analysis",
    "service_used": "document+employee",
    "confidence": 0.85,
    "route": two_agent_turn()[0],
    "agents": [
        {
            "name": "employee",
            "task": "Top performers of the third quarter",
            "status": "success",
            "duration_ms": 655.3,
        },
        {
            "name": "document",
            "task": "Hotel costs in the travel policy",
            "status": "timeout",
            "duration_ms": 402.0,
        },
    ],
    "tools": [
        {
            "agent": "employee",
            "name": "top_performers",
            "args": {"period": "2026-Q3", "limit": 3},
            "status": "success",
            "duration_ms": 64.9,
        },
        {
            "agent": "document",
            "name": "search_documents",
            "args": {"query": "hotel costs"},
            "status": "error",
            "duration_ms": 38.2,
        },
    ],
    "citations": [TRAVEL_CITATION, RECORDS_CITATION],
    "usage": {"input_tokens": 900, "output_tokens": 80, "total_tokens": 980},
    "duration_ms": 1310.6,
    "run_id": "8d5b3f0e-3c8a-4a62-9d0e-6b1f1e0a7c11",
}


def store_conversation(
    user: "User", title: str = "How much for a hotel?", *, asked_at: datetime = ASKED_AT
) -> "Conversation":
    """Store a conversation without turns."""
    from django_admin.conversations.models import Conversation

    return Conversation.objects.create(user=user, title=title, created_at=asked_at, updated_at=asked_at)


def store_turn(
    conversation: "Conversation", question: str = "How much for a hotel?", **answer: Any
) -> "Message":
    """Store a question with its answer, after those that are there, and return the answer."""
    from django_admin.conversations.models import Message, MessageRole, MessageStatus

    asked_at = conversation.created_at + timedelta(minutes=conversation.messages.count())
    asked = Message.objects.create(
        conversation=conversation,
        role=MessageRole.USER,
        content=question,
        status=MessageStatus.COMPLETE,
        language="en",
        created_at=asked_at,
    )
    fields = {
        "content": "Up to **150,000 KRW** a night [1].",
        "status": MessageStatus.COMPLETE,
        "confidence": 0.92,
        "service_used": "document",
        "duration_ms": 312.5,
        "agents": [{"name": "document", "task": question, "status": "success", "duration_ms": 300.0}],
        **answer,
    }
    return Message.objects.create(
        conversation=conversation,
        reply_to=asked,
        role=MessageRole.ASSISTANT,
        language="en",
        created_at=asked_at + timedelta(microseconds=1),
        **fields,
    )
