"""What machines ask the manager without signing in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from django_admin.config.threads import in_database
from django_admin.gateway.errors import error_response
from django_admin.gateway.state import gateway_of
from narutalk.errors import Unauthenticated
from narutalk.telemetry.metrics import CONTENT_TYPE
from narutalk.telemetry.metrics_access import may_read_metrics


@login_not_required
async def health(request: HttpRequest) -> JsonResponse:
    """Answer ``{"live", "ready", "dependencies"}``: 503 without the database; the router is only reported."""
    database = await in_database(_database_answers)
    router = await gateway_of(request).router.is_healthy()
    dependencies = {"database": "ok" if database else "down", "router": "ok" if router else "down"}
    return JsonResponse(
        {"live": True, "ready": database, "dependencies": dependencies}, status=200 if database else 503
    )


@login_not_required
async def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the process's Prometheus metrics: to this machine, and to others with the ingest key."""
    gateway = gateway_of(request)
    peer = request.META.get("REMOTE_ADDR") or ""
    if not may_read_metrics(gateway.settings, peer=peer, headers=request.headers):
        return error_response(Unauthenticated("Metrics are for this machine, or need the ingest key."))
    return HttpResponse(gateway.metrics.render(), content_type=CONTENT_TYPE)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
