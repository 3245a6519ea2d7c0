"""What tells a reviewer which conversations are worth reading, computed beside each by the database."""

from enum import StrEnum

from django.db.models import (
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
)
from django.db.models.functions import Cast, Coalesce

from django_admin.conversations.models import (
    Conversation,
    Feedback,
    Message,
    MessageRole,
    MessageStatus,
    Rating,
)
from django_admin.reviews.models import Review

LOW_CONFIDENCES = (0.5, 0.7, 0.9)
# Of an answer's agents, as JSON: text that a person wrote has its quotes escaped and cannot look like this.
FAILED_AGENT = r'"status":\s*"(error|timeout|unavailable)"'


class Trouble(StrEnum):
    """What can have gone wrong in an answer."""

    FAILED = "failed"
    INTERRUPTED = "interrupted"
    AGENT = "agent"
    DEGRADED = "degraded"


class Reviewed(StrEnum):
    """Whether a conversation has been reviewed; `STALE`: it has, and then something more was asked in it."""

    YES = "yes"
    NO = "no"
    STALE = "stale"


def with_triage(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Return conversations with `turns`, `lowest_confidence`, `errors`, `thumbs_up` and `thumbs_down`."""
    answers = Message.objects.filter(conversation=OuterRef("pk"), role=MessageRole.ASSISTANT)
    feedback = Feedback.objects.filter(answer__conversation=OuterRef("pk"))
    return conversations.annotate(
        turns=_count(Message.objects.filter(conversation=OuterRef("pk"), role=MessageRole.USER)),
        lowest_confidence=Subquery(
            answers.order_by().values("conversation").annotate(value=Min("confidence")).values("value"),
            output_field=FloatField(),
        ),
        errors=_count(answers.filter(status=MessageStatus.ERROR)),
        thumbs_up=_count(feedback.filter(rating=Rating.UP), by="answer__conversation"),
        thumbs_down=_count(feedback.filter(rating=Rating.DOWN), by="answer__conversation"),
    )


def with_answer(conversations: QuerySet[Conversation], condition: Q) -> QuerySet[Conversation]:
    """Keep the conversations that have an answer of which a condition holds."""
    answers = Message.objects.alias(agents_text=Cast("agents", TextField()))
    found = answers.filter(condition, conversation=OuterRef("pk"), role=MessageRole.ASSISTANT)
    return conversations.filter(Exists(found))


def of_agent(name: str) -> Q:
    """Answers on which an agent worked; `service_used` joins names with "+", after a failure with ", "."""
    return Q(service_used__regex=rf"(^|[+, ]){name}([+,]|$)")


def with_trouble(conversations: QuerySet[Conversation], trouble: Trouble) -> QuerySet[Conversation]:
    """Keep the conversations in which something went wrong."""
    conditions = {
        Trouble.FAILED: Q(status=MessageStatus.ERROR),
        Trouble.INTERRUPTED: Q(status=MessageStatus.INTERRUPTED),
        Trouble.AGENT: Q(agents_text__regex=FAILED_AGENT),
        Trouble.DEGRADED: Q(degraded=True),
    }
    return with_answer(conversations, conditions[trouble])


def by_review(conversations: QuerySet[Conversation], reviewed: Reviewed) -> QuerySet[Conversation]:
    """Keep the conversations that have been reviewed, have not, or have been asked in since."""
    reviews = Review.objects.filter(conversation=OuterRef("pk"))
    if reviewed == Reviewed.NO:
        return conversations.filter(~Exists(reviews))
    if reviewed == Reviewed.STALE:
        return conversations.filter(review__reviewed_at__lt=F("updated_at"))
    return conversations.filter(review__reviewed_at__gte=F("updated_at"))


def _count(rows: QuerySet[Message] | QuerySet[Feedback], *, by: str = "conversation") -> Coalesce:
    counted = rows.order_by().values(by).annotate(value=Count("pk")).values("value")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
