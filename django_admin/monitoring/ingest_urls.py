"""What the processes send."""

from django.urls import URLPattern, path

from django_admin.monitoring.log_ingest import ingest_logs

urlpatterns: list[URLPattern] = [path("", ingest_logs, name="ingest-logs")]
