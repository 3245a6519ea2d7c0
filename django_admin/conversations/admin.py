"""Conversations in the admin: to read and to filter, never to write.

Nor to delete: that also ends what the agents remember, which is done in the owner's name from the chat page.
A person who has asked is deactivated, not deleted.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.contrib.filters.admin import RangeDateTimeFilter, RangeNumericFilter
from unfold.decorators import display

from django_admin.conversations.models import Conversation, Message, MessageStatus

STATUS_COLOURS = {
    MessageStatus.RUNNING: "info",
    MessageStatus.COMPLETE: "success",
    MessageStatus.ERROR: "danger",
    MessageStatus.INTERRUPTED: "warning",
}
MESSAGE_FIELDS = (
    "role",
    "status",
    "created_at",
    "content",
    "intent",
    "confidence",
    "service_used",
    "duration_ms",
    "error_code",
    "error_message",
    "route",
    "agents",
    "tools",
    "citations",
    "usage",
    "degraded",
    "run_id",
)


class ReadOnly:
    """The record is what was said."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MessageInline(ReadOnly, StackedInline):  # type: ignore[misc]
    model = Message
    fields = ("role", "status", "content", "service_used", "confidence", "duration_ms", "error_code")
    extra = 0
    show_change_link = True
    per_page = 20


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("title", "user", "message_count", "created_at", "updated_at")
    list_filter = (("updated_at", RangeDateTimeFilter), "user")
    list_filter_submit = True
    search_fields = ("title", "messages__content", "user__username")
    list_select_related = ("user",)
    inlines = (MessageInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return super().get_queryset(request).annotate(counted=Count("messages"))  # type: ignore[no-any-return]

    @admin.display(description=_("messages"), ordering="counted")
    def message_count(self, conversation: Any) -> int:
        return int(conversation.counted)


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = (
        "excerpt",
        "role",
        "shown_status",
        "user",
        "service_used",
        "confidence",
        "duration_ms",
        "created_at",
    )
    list_filter = (
        ("created_at", RangeDateTimeFilter),
        ("confidence", RangeNumericFilter),
        "role",
        "status",
        "service_used",
        "intent",
        "language",
        "degraded",
        "error_code",
        "conversation__user",
    )
    list_filter_submit = True
    search_fields = ("content", "run_id", "conversation__title")
    list_select_related = ("conversation__user",)
    ordering = ("-created_at",)
    fields = ("conversation", "reply_to", *MESSAGE_FIELDS)

    @admin.display(description=_("content"))
    def excerpt(self, message: Message) -> str:
        return message.content[:80] or message.error_message[:80] or "–"

    @display(description=_("status"), label=STATUS_COLOURS)  # type: ignore[untyped-decorator]
    def shown_status(self, message: Message) -> tuple[str, str]:
        return message.status, message.get_status_display()

    @admin.display(description=_("user"))
    def user(self, message: Message) -> str:
        return str(message.conversation.user)
