"""Conversations and their messages, as people see, search and review them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

TITLE_CHARS = 80
COMMENT_CHARS = 2000


class MessageRole(models.TextChoices):
    USER = "user", _("question")
    ASSISTANT = "assistant", _("answer")


class MessageStatus(models.TextChoices):
    """How far a message is. Questions are complete from the start; answers begin running."""

    RUNNING = "running", _("running")
    COMPLETE = "complete", _("complete")
    ERROR = "error", _("error")
    INTERRUPTED = "interrupted", _("interrupted")


class Conversation(models.Model):
    """A person's conversation. Its id is the thread id at the router."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations", verbose_name=_("user")
    )
    title = models.CharField(_("title"), max_length=TITLE_CHARS)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("updated"), help_text=_("When it was last asked in."))

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-updated_at", "id")
        indexes = (models.Index(fields=("user", "-updated_at"), name="conversation_of_user"),)

    def __str__(self) -> str:
        return self.title


class Message(models.Model):
    """A question, or the answer to one. A question's id is the API's `message_id`: the turn goes by it.

    A question that answers an approval has `resumes`, a `conversations.actions.Resumes`.

    An answer carries what the turn reported, in the shapes of `narutalk.events`: `route` is a RouteEvent,
    `agents` AgentReports with their `task`, `tools` ToolEvents, `citations` Citations, `charts` Charts and
    `usage` a Usage.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages", verbose_name=_("conversation")
    )
    reply_to = models.OneToOneField(
        "self", models.CASCADE, related_name="answer", null=True, blank=True, verbose_name=_("reply to")
    )
    role = models.CharField(_("role"), max_length=10, choices=MessageRole.choices)
    content = models.TextField(_("content"), blank=True)
    status = models.CharField(_("status"), max_length=12, choices=MessageStatus.choices)
    language = models.CharField(_("language"), max_length=5)
    created_at = models.DateTimeField(_("created"))

    resumes = models.JSONField(_("approval"), null=True, blank=True, editable=False)
    intent = models.CharField(_("intent"), max_length=64, blank=True)
    confidence = models.FloatField(_("confidence"), null=True, blank=True)
    service_used = models.CharField(_("service used"), max_length=200, blank=True)
    route = models.JSONField(_("route"), null=True, blank=True)
    agents = models.JSONField(_("agents"), default=list, blank=True)
    tools = models.JSONField(_("tools"), default=list, blank=True)
    citations = models.JSONField(_("sources"), default=list, blank=True)
    charts = models.JSONField(_("charts"), default=list, blank=True)
    usage = models.JSONField(_("usage"), default=dict, blank=True)
    degraded = models.BooleanField(_("degraded"), default=False)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    error_message = models.TextField(_("error message"), blank=True)
    duration_ms = models.FloatField(_("duration (ms)"), null=True, blank=True)
    run_id = models.CharField(_("run id"), max_length=64, blank=True)
    trace_id = models.CharField(_("trace id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("created_at",)
        indexes = (
            models.Index(fields=("conversation", "created_at"), name="message_of_conversation"),
            models.Index(fields=("status",), name="message_by_status"),
            models.Index(fields=("conversation", "role", "status"), name="message_for_triage"),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.content[:60]}"


class Rating(models.TextChoices):
    UP = "up", _("thumbs up")
    DOWN = "down", _("thumbs down")


class Feedback(models.Model):
    """What a person thinks of an answer: a thumb, and perhaps why."""

    answer = models.ForeignKey(Message, models.CASCADE, related_name="feedback", verbose_name=_("answer"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback", verbose_name=_("user")
    )
    rating = models.CharField(_("rating"), max_length=4, choices=Rating.choices)
    comment = models.TextField(_("comment"), max_length=COMMENT_CHARS, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints = (models.UniqueConstraint(fields=("answer", "user"), name="one_feedback_each"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_rating_display()}"
