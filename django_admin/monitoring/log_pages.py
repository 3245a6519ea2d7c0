"""The logs page: `/dashboard/logs/`."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from django_admin.accounts.roles import role_required
from django_admin.monitoring.log_form import LogSearchForm
from django_admin.monitoring.log_models import LogLevel, LogRecord
from django_admin.monitoring.log_search import (
    Cursor,
    LogPage,
    LogQuery,
    access_log_page,
    access_request_story,
    count_lost,
)
from narutalk.identity import Role

SUMMARY_CHARS = 160
VARIANTS = {LogLevel.WARNING: "warning", LogLevel.ERROR: "danger", LogLevel.CRITICAL: "danger"}


class Row(NamedTuple):
    """A record as the page shows it.

    Attributes:
        record: What it is of.
        variant: The colour of its level.
        summary: The beginning of what else was logged, on one line.
        data: All of it, as JSON.
        offset_ms: Since the request's first record; None outside of a request's story.
    """

    record: LogRecord
    variant: str
    summary: str
    data: str
    offset_ms: int | None


@require_GET
@role_required(Role.ADMIN)
def logs(request: HttpRequest) -> HttpResponse:
    """Show what the search in the address finds, 100 records at a time."""
    # Bound with what the fields mean when they are left out, so that they show it.
    given = request.GET.dict()
    form = LogSearchForm(_with_defaults(given))
    page, query, story = LogPage([], None), LogQuery(), None
    if form.is_valid():
        query = form.query()
        page = access_log_page(query, Cursor.parse(given.get("after", "")))
        story = access_request_story(query.request_id) if query.request_id else None
    context = {
        **admin.site.each_context(request),
        "title": _("Logs"),
        "form": form,
        "rows": [_row(record, story.started_at if story else None) for record in page.records],
        "story": story,
        "story_ms": _between_ms(story.started_at, story.ended_at) if story and story.started_at else None,
        "query": query,
        "lost": count_lost(query) if form.is_valid() and not story else 0,
        "following": given.get("follow") == "1" and not given.get("after"),
        "follow_url": _address(given, follow="" if given.get("follow") == "1" else "1", after=""),
        "first_url": _address(given, after="") if given.get("after") else "",
        "next_url": _address(given, after=str(page.next), follow="") if page.next else "",
        "here_url": _address(given),
    }
    return render(request, "monitoring/logs.html", context)


def _with_defaults(given: dict[str, str]) -> dict[str, str]:
    by_request = bool(given.get("request_id"))
    defaults = {
        "level": str(int(LogLevel.DEBUG if by_request else LogLevel.INFO)),
        "range": "all" if by_request else "15m",
    }
    return {**given, **{name: given.get(name) or value for name, value in defaults.items()}}


def _row(record: LogRecord, started_at: datetime | None) -> Row:
    return Row(
        record=record,
        variant=VARIANTS.get(LogLevel(record.level), "") if record.level in LogLevel.values else "",
        summary=_summary(record.data),
        data=json.dumps(record.data, ensure_ascii=False, indent=2) if record.data else "",
        offset_ms=_between_ms(started_at, record.timestamp) if started_at else None,
    )


def _summary(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    short = (
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in data.items()
    )
    return " ".join(short)[:SUMMARY_CHARS]


def _between_ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None


def _address(given: dict[str, str], **changes: str) -> str:
    return "?" + urlencode({name: value for name, value in {**given, **changes}.items() if value})
