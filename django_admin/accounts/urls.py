"""Signing in and out, the language of the pages, and a person's API keys."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from django_admin.accounts.key_views import keys, revoke_key
from django_admin.accounts.views import LoginView, set_language

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("keys/", keys, name="keys"),
    path("keys/<uuid:key_id>/revoke/", revoke_key, name="revoke_key"),
]
