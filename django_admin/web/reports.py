"""The page of a person's own reports."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render

from django_admin.page_language import page_language
from django_admin.web.report_strings import report_strings


async def reports(request: HttpRequest) -> HttpResponse:
    """The reports that a person had made; what it shows, it fetches from the API."""
    config: dict[str, Any] = {
        "csrfToken": get_token(request),
        "language": page_language(),
        "strings": report_strings(),
    }
    return render(request, "web/reports.html", {"config": config})
