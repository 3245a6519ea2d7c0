"""The manager's addresses, and those under which a trace is shown, whoever serves them."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from django_admin.config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def _shown(request: HttpRequest, trace_id: str) -> HttpResponse:
    return HttpResponse(trace_id)


urlpatterns = [
    *urlpatterns,
    path("dashboard/traces/<str:trace_id>/", _shown, name="trace"),
    path("dashboard/traces/<str:trace_id>/tree", _shown, name="trace_tree"),
]
