"""What the processes send."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
