"""Every address of the manager."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from django_admin.config import health
from django_admin.gateway.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.health, name="health"),
    path("metrics", health.metrics, name="metrics"),
    path("api/", api.urls),
    path("admin/", admin.site.urls),
    path("accounts/", include("django_admin.accounts.urls")),
    path("dashboard/", include("django_admin.monitoring.urls")),
    path("dashboard/traces/", include("django_admin.tracing.urls")),
    path("ingest/logs", include("django_admin.monitoring.ingest_urls")),
    path("ingest/langsmith/", include("django_admin.tracing.ingest_urls")),
    path("", include("django_admin.web.urls")),
]

handler400 = "django_admin.web.errors.bad_request"
handler403 = "django_admin.web.errors.forbidden"
handler404 = "django_admin.web.errors.not_found"
handler500 = "django_admin.web.errors.server_error"
