"""The pages."""

from django.urls import URLPattern, path

from django_admin.monitoring import log_pages, views

urlpatterns: list[URLPattern] = [
    path("", views.dashboard, name="dashboard"),
    path("live", views.live, name="dashboard-live"),
    path("logs/", log_pages.logs, name="logs"),
    path("logs/live", log_pages.logs, name="logs-live"),
]
