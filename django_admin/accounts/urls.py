"""Signing in and out, and the language of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from django_admin.accounts.views import LoginView, set_language

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
]
