"""The dashboard, and the part of it that it asks for again every few seconds."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from django_admin.accounts.roles import has_role
from django_admin.config.threads import in_database
from django_admin.gateway.service_health import InstanceHealth
from django_admin.gateway.state import gateway_of
from django_admin.monitoring.board import read_board
from django_admin.monitoring.figures import WINDOWS
from narutalk.identity import Role

DEFAULT_WINDOW = "1h"


async def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the whole page, with the state of this moment."""
    return await _answer(request, "monitoring/dashboard.html", whole_page=True)


async def live(request: HttpRequest) -> HttpResponse:
    """Answer the parts of the page that change; HTMX puts each in the place of its predecessor."""
    return await _answer(request, "monitoring/live.html", whole_page=False)


async def _answer(request: HttpRequest, template: str, *, whole_page: bool) -> HttpResponse:
    user = await request.auser()
    if not has_role(user, Role.ADMIN):
        raise PermissionDenied
    instances = await gateway_of(request).services.instances()
    return await in_database(_render, request, template, instances, whole_page)


def _render(
    request: HttpRequest, template: str, instances: Sequence[InstanceHealth], whole_page: bool
) -> HttpResponse:
    key = request.GET.get("window", "")
    key = key if key in WINDOWS else DEFAULT_WINDOW
    board = read_board(instances, WINDOWS[key], timezone.now())
    context: dict[str, Any] = {"board": board, "series": json.dumps(board.series), "window": key}
    if whole_page:
        context |= admin.site.each_context(request)
        context |= {"title": _("Monitoring"), "windows": _windows(key)}
    response = render(request, template, context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _windows(chosen: str) -> list[dict[str, Any]]:
    titles = {"15m": _("15 minutes"), "1h": _("1 hour"), "24h": _("24 hours")}
    return [{"link": f"?window={key}", "title": titles[key], "active": key == chosen} for key in WINDOWS]
