"""Conversations, labels and the access log in the admin.

`Message` has no page of its own here: the transcript is the only way to what people said, and it is logged.
Nobody deletes a conversation here either: that also ends what the agents remember, which is done in the
owner's name from the chat page.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from django_admin.accounts.roles import ReadOnly, RolePermissions
from django_admin.conversations.models import Conversation
from django_admin.reviews.filters import (
    AgentFilter,
    ConfidenceFilter,
    DayRangeFilter,
    FeedbackFilter,
    LabelFilter,
    LastAskedFilter,
    ReviewedFilter,
    TroubleFilter,
    UserFilter,
)
from django_admin.reviews.models import Label, ReviewAccess
from django_admin.reviews.pages import TranscriptPages
from django_admin.reviews.transcript import confidence_variant, percent
from django_admin.reviews.triage import Reviewed, with_triage
from narutalk.identity import Role

PAGE_ROWS = 50
LABEL_VARIANTS = {variant: variant for variant in ("success", "warning", "danger")}
REVIEW_COLOURS = {Reviewed.YES: "success", Reviewed.STALE: "warning"}


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, RolePermissions, TranscriptPages, ModelAdmin):  # type: ignore[misc]
    """The list for triage; a conversation's own page is its transcript."""

    view_roles = (Role.REVIEWER,)
    list_display = (
        "title",
        "user",
        "last_asked",
        "turn_count",
        "shown_confidence",
        "thumbs",
        "error_count",
        "label_chips",
        "shown_review",
    )
    list_filter = (
        ("updated_at", LastAskedFilter),
        UserFilter,
        AgentFilter,
        ConfidenceFilter,
        FeedbackFilter,
        TroubleFilter,
        LabelFilter,
        ReviewedFilter,
    )
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("user", "review__reviewer")
    list_per_page = PAGE_ROWS
    list_max_show_all = PAGE_ROWS
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("title", "user__username", "messages__content")
    search_help_text = _("Words of a title, question or answer, a user name, or the id of anything")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return with_triage(super().get_queryset(request)).prefetch_related("labels")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Find by words, or by the id of a conversation, question, answer, run or trace."""
        given = _uuid(search_term)
        if given is None:
            found: tuple[QuerySet[Conversation], bool] = super().get_search_results(
                request, queryset, search_term
            )
            return found
        ids = (str(given), given.hex)
        of_message = Q(messages__pk=given) | Q(messages__run_id__in=ids) | Q(messages__trace_id__in=ids)
        return queryset.filter(Q(pk=given) | of_message), True

    def get_urls(self) -> list[URLPattern]:
        writing = [
            path(f"<uuid:conversation_id>/{name}/", self.admin_site.admin_view(view), name=f"review_{name}")
            for name, view in self.writing_views().items()
        ]
        return writing + super().get_urls()

    @admin.display(description=_("last asked"), ordering="updated_at")
    def last_asked(self, conversation: Conversation) -> Any:
        return conversation.updated_at

    @admin.display(description=_("turns"), ordering="turns")
    def turn_count(self, conversation: Any) -> int:
        return int(conversation.turns)

    @display(  # type: ignore[untyped-decorator]
        description=_("lowest confidence"), ordering="lowest_confidence", label=LABEL_VARIANTS
    )
    def shown_confidence(self, conversation: Any) -> tuple[str, str]:
        lowest = conversation.lowest_confidence
        return confidence_variant(lowest), percent(lowest) or "–"

    @admin.display(description=_("thumbs"), ordering="thumbs_down")
    def thumbs(self, conversation: Any) -> SafeString | str:
        parts = [
            format_html(
                '<span class="whitespace-nowrap" title="{}"><span class="material-symbols-outlined text-base '
                'align-middle" role="img" aria-label="{}">{}</span> {}</span>',
                words,
                words,
                symbol,
                count,
            )
            for symbol, words, count in (
                ("thumb_up", _("thumbs up"), conversation.thumbs_up),
                ("thumb_down", _("thumbs down"), conversation.thumbs_down),
            )
            if count
        ]
        return format_html_join("\u2002", "{}", ((part,) for part in parts)) or "–"

    @display(description=_("errors"), ordering="errors", label=LABEL_VARIANTS)  # type: ignore[untyped-decorator]
    def error_count(self, conversation: Any) -> tuple[str, str]:
        return ("danger", str(conversation.errors)) if conversation.errors else ("", "–")

    @admin.display(description=_("labels"))
    def label_chips(self, conversation: Conversation) -> SafeString | str:
        chips = [_chip(label) for label in conversation.labels.all()]
        return format_html_join(" ", "{}", ((chip,) for chip in chips)) or "–"

    @display(  # type: ignore[untyped-decorator]
        description=_("reviewed"), ordering="review__reviewed_at", label=REVIEW_COLOURS
    )
    def shown_review(self, conversation: Any) -> tuple[str, Any]:
        review = getattr(conversation, "review", None)
        if review is None:
            return "", "–"
        if review.reviewed_at < conversation.updated_at:
            return Reviewed.STALE, _("asked in since")
        return Reviewed.YES, str(review.reviewer)


@admin.register(Label)
class LabelAdmin(RolePermissions, ModelAdmin):  # type: ignore[misc]
    """The set of labels; administrators keep it, reviewers use it."""

    view_roles = (Role.REVIEWER,)
    list_display = ("chip", "used")
    fields = ("name", "colour")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Label]:
        return super().get_queryset(request).annotate(applied_count=Count("applied"))  # type: ignore[no-any-return]

    @admin.display(description=_("label"), ordering="name")
    def chip(self, label: Label) -> SafeString:
        return _chip(label)

    @admin.display(description=_("conversations"), ordering="applied_count")
    def used(self, label: Any) -> int:
        return int(label.applied_count)


@admin.register(ReviewAccess)
class ReviewAccessAdmin(ReadOnly, RolePermissions, ModelAdmin):  # type: ignore[misc]
    """Who opened what: for administrators to read, and for nobody to change."""

    list_display = ("opened_at", "reviewer", "owner", "conversation", "page")
    list_display_links = None
    list_filter = (("opened_at", DayRangeFilter),)
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("reviewer", "owner")
    list_per_page = PAGE_ROWS
    list_max_show_all = PAGE_ROWS
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("reviewer__username", "owner__username", "page")
    search_help_text = _("A user name, or the id of a conversation")
    fields = ("opened_at", "reviewer", "owner", "conversation_id", "page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewAccess]:
        title = Conversation.objects.filter(pk=OuterRef("conversation_id")).values("title")[:1]
        return super().get_queryset(request).annotate(title=Subquery(title))  # type: ignore[no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ReviewAccess], search_term: str
    ) -> tuple[QuerySet[ReviewAccess], bool]:
        given = _uuid(search_term)
        if given is not None:
            return queryset.filter(conversation_id=given), False
        found: tuple[QuerySet[ReviewAccess], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @admin.display(description=_("conversation"))
    def conversation(self, access: Any) -> SafeString | str:
        if access.title is None:
            return format_html("{} ({})", access.conversation_id, _("deleted by its owner"))
        url = reverse("admin:conversations_conversation_change", args=[access.conversation_id])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, access.title
        )


def _chip(label: Label) -> SafeString:
    return render_to_string("unfold/helpers/label.html", {"text": label.name, "variant": label.colour})


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given.strip())
    except ValueError:
        return None
