"""The pages of traces, for administrators."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from django_admin.accounts.roles import role_required
from django_admin.reviews.access_log import log_shown
from django_admin.tracing.access import Filters, access_trace, access_traces, is_stale, known_services
from django_admin.tracing.tree import STALE, Tree, build_tree
from narutalk.errors import NotFound
from narutalk.identity import Role

PERIODS = {
    "1h": (timedelta(hours=1), gettext_lazy("Within an hour")),
    "24h": (timedelta(hours=24), gettext_lazy("Within 24 hours")),
    "7d": (timedelta(days=7), gettext_lazy("Within 7 days")),
    "": (None, gettext_lazy("Any time")),
}
STATES = {
    "success": gettext_lazy("succeeded"),
    "error": gettext_lazy("failed"),
    "pending": gettext_lazy("running"),
    STALE: gettext_lazy("stale"),
}
SLOW_MS = ("500", "1000", "3000", "10000")
MAX_PAGE = 1_000
EXCERPT_CHARS = 110


@require_GET
@role_required(Role.ADMIN)
def traces(request: HttpRequest) -> HttpResponse:
    """List the traces, the newest first."""
    given = {
        name: request.GET.get(name, "").strip()[:200]
        for name in ("period", "status", "service", "name", "of", "slow")
    }
    page = _page(request.GET.get("page", "1"))
    found = access_traces(_filters(given), page=page)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        **_admin_context(request, _("Traces")),
        "traces": [
            {"run": run, "state": _state_of(run), "excerpt": _excerpt(run.inputs)} for run in found.items
        ],
        "given": given,
        "is_filtered": any(given.values()),
        "periods": [(name, title) for name, (_length, title) in PERIODS.items()],
        "states": STATES.items(),
        "services": known_services(),
        "slow": SLOW_MS,
        "page_number": page,
        "has_more": found.has_more,
        "query": query.urlencode(),
    }
    return render(request, "tracing/traces.html", context)


@require_GET
@role_required(Role.ADMIN)
def trace(request: HttpRequest, trace_id: UUID) -> HttpResponse:
    """Show a trace as a tree with timings."""
    tree = _tree(request, trace_id)
    context = {**_admin_context(request, _("Trace tree")), "tree": tree, "trace_id": trace_id}
    return render(request, "tracing/trace.html", context)


@require_GET
@role_required(Role.ADMIN)
def trace_tree(request: HttpRequest, trace_id: UUID) -> HttpResponse:
    """Return the tree alone, for a page that shows it beside something else."""
    return render(request, "tracing/tree.html", {"tree": _tree(request, trace_id), "trace_id": trace_id})


def _tree(request: HttpRequest, trace_id: UUID) -> Tree:
    """Return a trace's tree. It holds what was asked and answered, so that it is logged who sees it."""
    try:
        tree = build_tree(access_trace(trace_id))
    except NotFound as error:
        raise Http404(error.message) from error
    log_shown(request, {row.run.conversation_id for row in tree.rows})
    return tree


def _admin_context(request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title}


def _filters(given: dict[str, str]) -> Filters:
    length, _title = PERIODS.get(given["period"], (None, ""))
    return Filters(
        since=timezone.now() - length if length else None,
        status=given["status"],
        service=given["service"],
        name=given["name"],
        subject=given["of"],
        slower_than_ms=float(given["slow"]) if given["slow"] in SLOW_MS else None,
    )


def _state_of(run: Any) -> str:
    return STALE if is_stale(run) else str(run.status)


def _excerpt(inputs: Any) -> str:
    """Return the beginning of what was asked."""
    text = inputs
    if isinstance(inputs, dict):
        text = inputs.get("question") or next(
            (value for value in inputs.values() if isinstance(value, str)), ""
        )
    line = " ".join(str(text or "").split())
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1] + "…"


def _page(given: str) -> int:
    return min(max(int(given), 1), MAX_PAGE) if given.isdecimal() and len(given) < 6 else 1
