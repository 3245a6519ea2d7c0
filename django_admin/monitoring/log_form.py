"""The search of the logs page, read from its address."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from django_admin.monitoring.log_models import ID_CHARS, NAME_CHARS, LogLevel
from django_admin.monitoring.log_search import LogQuery
from narutalk.registry import SERVICES

MAX_TEXT_CHARS = 200
WORKER = "worker"
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class TimeRange(models.TextChoices):
    """How far back to look."""

    LAST_15_MINUTES = "15m", _("Last 15 minutes")
    LAST_HOUR = "1h", _("Last hour")
    LAST_6_HOURS = "6h", _("Last 6 hours")
    LAST_DAY = "1d", _("Last 24 hours")
    LAST_WEEK = "7d", _("Last 7 days")
    ALL = "all", _("All that is kept")
    CUSTOM = "custom", _("From … to …")


LENGTHS = {
    TimeRange.LAST_15_MINUTES: timedelta(minutes=15),
    TimeRange.LAST_HOUR: timedelta(hours=1),
    TimeRange.LAST_6_HOURS: timedelta(hours=6),
    TimeRange.LAST_DAY: timedelta(days=1),
    TimeRange.LAST_WEEK: timedelta(days=7),
}


def _services() -> list[tuple[str, Any]]:
    return [("", _("All services")), *((name, name) for name in (*(s.name for s in SERVICES), WORKER))]


class LogSearchForm(forms.Form):
    """Every field may be left out. A request's records are looked for in all that is kept."""

    text = forms.CharField(
        label=_("Text"), required=False, max_length=MAX_TEXT_CHARS, widget=UnfoldAdminTextInputWidget
    )
    level = forms.TypedChoiceField(
        label=_("Minimum level"),
        required=False,
        choices=LogLevel.choices,
        coerce=lambda value: LogLevel(int(value)),
        widget=UnfoldAdminSelectWidget,
    )
    service = forms.ChoiceField(
        label=_("Service"), required=False, choices=_services, widget=UnfoldAdminSelectWidget
    )
    instance = forms.CharField(
        label=_("Instance"), required=False, max_length=NAME_CHARS, widget=UnfoldAdminTextInputWidget
    )
    range = forms.ChoiceField(
        label=_("Time"), required=False, choices=TimeRange.choices, widget=UnfoldAdminSelectWidget
    )
    since = forms.DateTimeField(
        label=_("From"),
        required=False,
        validators=[MinValueValidator(EARLIEST)],
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
    )
    until = forms.DateTimeField(
        label=_("To"),
        required=False,
        validators=[MinValueValidator(EARLIEST)],
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
    )
    request_id = forms.CharField(
        label=_("Request"), required=False, max_length=ID_CHARS, widget=UnfoldAdminTextInputWidget
    )

    def query(self, now: datetime | None = None) -> LogQuery:
        """Return what is looked for; the form must be valid."""
        given = self.cleaned_data
        since, until = self._times(now or timezone.now())
        return LogQuery(
            request_id=given["request_id"].strip(),
            service=given["service"],
            instance=given["instance"].strip(),
            level=self._level(),
            since=since,
            until=until,
            text=given["text"].strip(),
        )

    def _level(self) -> LogLevel:
        by_request = bool(self.cleaned_data["request_id"])
        return self.cleaned_data["level"] or (LogLevel.DEBUG if by_request else LogLevel.INFO)

    def _times(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        given = self.cleaned_data
        default = TimeRange.ALL if given["request_id"] else TimeRange.LAST_15_MINUTES
        chosen = TimeRange(given["range"] or default)
        if chosen == TimeRange.CUSTOM:
            return given["since"], given["until"]
        length = LENGTHS.get(chosen)
        return (now - length if length else None), None
