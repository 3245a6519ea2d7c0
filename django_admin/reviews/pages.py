"""A conversation's transcript, and the small forms beside it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from django_admin.accounts.models import User
from django_admin.accounts.roles import has_role
from django_admin.conversations.models import Conversation
from django_admin.reviews.access import Opened, access_transcript
from django_admin.reviews.access_log import came_from
from django_admin.reviews.actions import do_add_note, do_delete_note, do_label, do_set_reviewed
from django_admin.reviews.models import NOTE_CHARS, Label
from django_admin.reviews.transcript import turn_of
from django_admin.web.chart_strings import chart_strings
from narutalk.errors import InvalidInput, NotFound
from narutalk.identity import Role

LIST_URL = "admin:conversations_conversation_changelist"
TRANSCRIPT_URL = "admin:conversations_conversation_change"
MAX_LABELS = 100
MAX_NOTES = 100
KEPT_FILTERS = "_changelist_filters"  # the admin's own name for the list's query in a link out of the list

WritingView = Callable[[HttpRequest, UUID], HttpResponse]

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Conversation]
else:
    Base = object


class TranscriptPages(Base):
    """Mixed in before `ModelAdmin`: the transcript in the place of a form, and what reviewers write."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a conversation. Each showing of another person's is logged."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(("GET", "HEAD"))
        reviewer = self._reviewer(request)
        try:
            opened = access_transcript(
                reviewer,
                UUID(object_id),
                number=request.GET.get("page", "1"),
                page=came_from(request),
            )
        except (NotFound, ValueError) as error:
            raise Http404 from error
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            **_context(request, reviewer, opened),
            "opts": self.opts,
            "title": opened.conversation.title,
            "original": opened.conversation,
        }
        return TemplateResponse(request, "reviews/transcript.html", context)

    def writing_views(self) -> dict[str, WritingView]:
        """Return the views that take what a reviewer writes, by the last part of their address."""
        return {
            "note": self.note_view,
            "delete-note": self.delete_note_view,
            "label": self.label_view,
            "reviewed": self.reviewed_view,
        }

    def note_view(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        def write(reviewer: User) -> None:
            do_add_note(reviewer, conversation_id, request.POST.get("text", ""))

        return self._write(request, conversation_id, write)

    def delete_note_view(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        def write(reviewer: User) -> None:
            do_delete_note(reviewer, conversation_id, _number(request.POST.get("note")))

        return self._write(request, conversation_id, write)

    def label_view(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        def write(reviewer: User) -> None:
            applied = "add" in request.POST
            label_id = _number(request.POST.get("add" if applied else "remove"))
            do_label(reviewer, conversation_id, label_id, applied=applied)

        return self._write(request, conversation_id, write)

    def reviewed_view(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        def write(reviewer: User) -> None:
            do_set_reviewed(reviewer, conversation_id, reviewed=request.POST.get("reviewed") == "yes")

        return self._write(request, conversation_id, write)

    def _write(
        self, request: HttpRequest, conversation_id: UUID, write: Callable[[User], None]
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(("POST",))
        try:
            write(self._reviewer(request))
        except NotFound as error:
            raise Http404 from error
        except InvalidInput as error:
            messages.error(request, _problem(error))
        address = reverse(TRANSCRIPT_URL, args=[conversation_id])
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{address}?{query}" if query else address)

    def _reviewer(self, request: HttpRequest) -> User:
        if not self.has_view_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        return request.user


def _context(request: HttpRequest, reviewer: User, opened: Opened) -> dict[str, Any]:
    conversation, page = opened
    kept = request.GET.get(KEPT_FILTERS, "")
    query = request.GET.copy()
    query.pop("page", None)
    applied = {label.label_id: label for label in conversation.applied_labels.select_related("reviewer")}
    review = getattr(conversation, "review", None)
    return {
        "conversation": conversation,
        "turns": [turn_of(q, n) for n, q in enumerate(page.object_list, start=page.start_index())],
        "config": {"strings": chart_strings()},
        "page": page,
        "query": query.urlencode(),
        "full_query": request.GET.urlencode(),
        "list_url": reverse(LIST_URL) + (f"?{kept}" if kept else ""),
        "labels": [(label, applied.get(label.pk)) for label in Label.objects.all()[:MAX_LABELS]],
        "notes": conversation.notes.select_related("author").order_by("-created_at", "-pk")[:MAX_NOTES],
        "review": review,
        "when_reviewed": formats.date_format(timezone.localtime(review.reviewed_at), "SHORT_DATETIME_FORMAT")
        if review
        else "",
        "is_stale": review is not None and review.reviewed_at < conversation.updated_at,
        "is_own": conversation.user_id == reviewer.pk,
        "reviewer": reviewer,
        "may_read_traces": has_role(reviewer, Role.ADMIN),
        "may_make_labels": has_role(reviewer, Role.ADMIN),
        "note_chars": NOTE_CHARS,
    }


def _number(given: str | None) -> int:
    """Return the id in a field of a form.

    Raises:
        Http404: It is none.
    """
    if not given or not given.isascii() or not given.isdigit() or len(given) > 15:
        raise Http404
    return int(given)


def _problem(error: InvalidInput) -> str:
    return {
        "note_empty": _("The note is empty."),
        "note_too_long": _("The note is too long."),
    }.get(error.code, error.message)
