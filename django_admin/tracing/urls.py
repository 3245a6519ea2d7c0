"""The pages."""

from django.urls import path

from django_admin.tracing import views

urlpatterns = [
    path("", views.traces, name="traces"),
    path("<uuid:trace_id>/", views.trace, name="trace"),
    path("<uuid:trace_id>/tree", views.trace_tree, name="trace_tree"),
]
