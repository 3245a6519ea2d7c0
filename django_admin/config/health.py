"""What machines ask the manager without signing in."""

from ipaddress import ip_address

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from django_admin.accounts.ingest import has_ingest_key
from django_admin.config.threads import in_database
from django_admin.gateway.errors import error_response
from django_admin.gateway.state import gateway_of
from narutalk.errors import Forbidden
from narutalk.telemetry.metrics import CONTENT_TYPE


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
    """Answer the process's Prometheus metrics, to this machine and to those with the ingest key."""
    if not _from_this_machine(request) and not has_ingest_key(request):
        return error_response(Forbidden("Metrics are for this machine, or with the ingest key."))
    return HttpResponse(gateway_of(request).metrics.render(), content_type=CONTENT_TYPE)


def _from_this_machine(request: HttpRequest) -> bool:
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        return not forwarded and ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
