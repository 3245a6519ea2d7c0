"""What changes conversations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.conversations.access import access_conversation, access_question
from django_admin.conversations.models import TITLE_CHARS, Conversation, Message, MessageRole, MessageStatus
from narutalk.errors import Conflict, NotFound
from narutalk.languages import Language, detect_language

ASKABLE_AGAIN = (MessageStatus.ERROR, MessageStatus.INTERRUPTED)


class Asked(NamedTuple):
    """A stored question with its answer; `to_run` tells that the agents must now be asked."""

    question: Message
    answer: Message
    to_run: bool


class PersonAnswer(NamedTuple):
    """A person's answer to an interrupt, and the words that stand for it, by language."""

    interrupt_id: str
    decision: Literal["approve", "edit", "refuse"]
    args: dict[str, Any] | None
    words: Mapping[Language, str]


class Resumes(TypedDict):
    """What a turn goes on with.

    Attributes:
        interrupt_id: As the `interrupt` event gave it.
        answer: For ``Command(resume={interrupt_id: answer})``.
        question_id: Of the question whose turn was paused.
    """

    interrupt_id: str
    answer: dict[str, Any]
    question_id: str


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
    charts: list[dict[str, Any]]
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


def do_resume(user: User, *, message_id: UUID, conversation_id: UUID, answer: PersonAnswer) -> Asked:
    """Store a person's answer to what waits in their conversation, and the turn's answer to be.

    Only the last answer of a conversation can wait: whoever asks something else gives up what waited.
    The same message id again returns what is there; after a failure it is to be sent again.

    Raises:
        NotFound: ``conversation_not_found``, or ``message_not_found`` when the id is somebody else's.
        Conflict: ``nothing_waits``: it was answered, or another question was asked. ``message_id_reused``.
    """
    with transaction.atomic():
        access_conversation(user, conversation_id)
        # Of two answers at once the second one sees the first.
        Conversation.objects.select_for_update().get(pk=conversation_id)
        known = Message.objects.filter(pk=message_id).first()
        if known is None:
            paused = Message.objects.filter(conversation=conversation_id).order_by("-created_at").first()
            waiting = _waiting_in(paused, answer.interrupt_id)
            if paused is None or paused.reply_to is None or waiting is None:
                raise Conflict("Nothing waits for this answer any more.", code="nothing_waits")
            before: Resumes | None = paused.reply_to.resumes
            resumes = Resumes(
                interrupt_id=answer.interrupt_id,
                answer=_decision_for(waiting["value"], answer),
                question_id=before["question_id"] if before else str(paused.reply_to.pk),
            )
            text = answer.words[Language(paused.language)]
            return _store_question(user, message_id, conversation_id, text, resumes)
    question = access_question(user, message_id)
    if not question.resumes or question.resumes["interrupt_id"] != answer.interrupt_id:
        raise Conflict("This message id belongs to another question.", code="message_id_reused")
    return _ask_again(user, message_id, conversation_id, answer.words[Language(question.language)])


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


def _waiting_in(message: Message | None, interrupt_id: str) -> dict[str, Any] | None:
    """Return an interrupt that a message waits with; None when it does not."""
    agents = message.agents if message and message.status == MessageStatus.COMPLETE else []
    waiting = [agent for agent in agents if agent["status"] == "interrupted"]
    asked = [found for agent in waiting for found in agent.get("interrupts", [])]
    return next((found for found in asked if found["id"] == interrupt_id), None)


def _decision_for(value: Any, answer: PersonAnswer) -> dict[str, Any]:
    """Return the decision as LangChain's `HumanInTheLoopMiddleware` writes it."""
    if answer.decision == "edit":
        name = value.get("name") if isinstance(value, dict) else None
        return {"type": "edit", "edited_action": {"name": name, "args": answer.args}}
    return {"type": "reject" if answer.decision == "refuse" else "approve"}


def _store_question(
    user: User, message_id: UUID, conversation_id: UUID | None, text: str, resumes: Resumes | None = None
) -> Asked:
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
        resumes=resumes,
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
        status=MessageStatus.RUNNING,
        content="",
        duration_ms=0,
        agents=[],
        tools=[],
        citations=[],
        charts=[],
        usage={},
    )
    restarted = Message.objects.filter(reply_to=question, status__in=ASKABLE_AGAIN).update(**vars(blank))
    return Asked(question, Message.objects.get(reply_to=question), to_run=bool(restarted))
