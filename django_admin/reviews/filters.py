"""The filters beside the list of conversations. Each narrows by one thing that a reviewer looks for."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.contrib.filters.forms import RangeDateForm
from unfold.utils import parse_date_str
from unfold.widgets import INPUT_CLASSES

from django_admin.accounts.models import User
from django_admin.conversations.models import Conversation, Rating
from django_admin.page_language import page_language
from django_admin.reviews.models import Label
from django_admin.reviews.triage import (
    LOW_CONFIDENCES,
    Reviewed,
    Trouble,
    by_review,
    of_agent,
    with_answer,
    with_trouble,
)
from narutalk.registry import AGENTS

MAX_USERS = 500  # of a drop-down; beyond, the search finds people by their user name

Conversations = QuerySet[Conversation]
Choices = Iterable[tuple[Any, Any]]


class DayRangeForm(RangeDateForm):  # type: ignore[misc]
    """Two days in the browser's own fields; unfold's calendar hides the second where time zones differ."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        for end, label in (("from", _("From")), ("to", _("To"))):
            attributes = {"type": "date", "aria-label": label, "class": " ".join(INPUT_CLASSES)}
            self.fields[f"{name}_{end}"].widget = forms.DateInput(format="%Y-%m-%d", attrs=attributes)

    @property
    def media(self) -> forms.Media:
        return forms.Media()


class DayRangeFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, both included. Unfold's own leaves out the last day of a date with a time."""

    form_class = DayRangeForm

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("from"), self._day("to")
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(last + timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> date | None:
        given = self.used_parameters.get(f"{self.parameter_name}_{end}")
        return parse_date_str(given) if isinstance(given, str) else None


class LastAskedFilter(DayRangeFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("last asked")


class UserFilter(DropdownFilter):  # type: ignore[misc]
    """Whose, among those who have asked."""

    title = _("user")
    parameter_name = "user"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        people = User.objects.filter(pk__in=Conversation.objects.values("user")).order_by("username")
        return [(str(user.pk), str(user)) for user in people[:MAX_USERS]]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        chosen = self.value()
        return queryset.filter(user_id=int(chosen)) if _is_number(chosen) else queryset


class AgentFilter(DropdownFilter):  # type: ignore[misc]
    """On which this agent worked."""

    title = _("agent")
    parameter_name = "agent"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        language = page_language()
        return [(agent.name, agent.titles[language]) for agent in AGENTS]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        known = {agent.name for agent in AGENTS}
        return with_answer(queryset, of_agent(self.value())) if self.value() in known else queryset


class ConfidenceFilter(DropdownFilter):  # type: ignore[misc]
    """With an answer that was less sure than this."""

    title = _("confidence")
    parameter_name = "confidence"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        return [(f"{limit:.0%}".rstrip("%"), f"< {limit:.0%}") for limit in LOW_CONFIDENCES]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        chosen = self.value()
        if not _is_number(chosen):
            return queryset
        return with_answer(queryset, Q(confidence__lt=int(chosen) / 100))


class FeedbackFilter(DropdownFilter):  # type: ignore[misc]
    """With an answer that was given this feedback."""

    title = _("feedback")
    parameter_name = "feedback"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        return [(Rating.DOWN, _("negative")), (Rating.UP, _("positive")), ("comment", _("with a comment"))]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        if self.value() in Rating.values:
            return with_answer(queryset, Q(feedback__rating=self.value()))
        if self.value() == "comment":
            return with_answer(queryset, Q(feedback__isnull=False) & ~Q(feedback__comment=""))
        return queryset


class TroubleFilter(DropdownFilter):  # type: ignore[misc]
    """With an answer that went wrong."""

    title = _("errors")
    parameter_name = "errors"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        return [
            (Trouble.FAILED, _("an answer failed")),
            (Trouble.AGENT, _("an agent failed")),
            (Trouble.INTERRUPTED, _("an answer was interrupted")),
            (Trouble.DEGRADED, _("answered without the language model")),
        ]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        if self.value() not in list(Trouble):
            return queryset
        return with_trouble(queryset, Trouble(self.value()))


class LabelFilter(DropdownFilter):  # type: ignore[misc]
    """That carries this label."""

    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        return [(str(label.pk), label.name) for label in Label.objects.all()]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        chosen = self.value()
        return queryset.filter(applied_labels__label_id=int(chosen)) if _is_number(chosen) else queryset


class ReviewedFilter(DropdownFilter):  # type: ignore[misc]
    title = _("reviewed")
    parameter_name = "reviewed"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Conversation]) -> Choices:
        return [
            (Reviewed.NO, _("not reviewed")),
            (Reviewed.STALE, _("asked in since")),
            (Reviewed.YES, _("reviewed")),
        ]

    def queryset(self, request: HttpRequest, queryset: Conversations) -> Conversations:
        if self.value() not in list(Reviewed):
            return queryset
        return by_review(queryset, Reviewed(self.value()))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _is_number(given: object) -> bool:
    return isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 10
