"""The pages."""

from django.urls import URLPattern, path

from django_admin.monitoring import views

urlpatterns: list[URLPattern] = [
    path("", views.dashboard, name="dashboard"),
    path("live", views.live, name="dashboard-live"),
]
