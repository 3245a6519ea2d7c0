"""What changes people."""

import secrets
from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.db import transaction

from django_admin.accounts.models import User
from narutalk.settings import Settings

RANDOM_PASSWORD_BYTES = 12


class AdminLogin(NamedTuple):
    """The first administrator's login; the password only when the account has just been made."""

    username: str
    password: str | None
    created: bool


@transaction.atomic
def do_ensure_admin(settings: Settings) -> AdminLogin:
    """Make the first administrator, unless there is one: an existing account is never changed."""
    existing = User.objects.filter(is_superuser=True).order_by("pk").first()
    if existing:
        return AdminLogin(existing.username, None, False)
    given = settings.admin_password.get_secret_value() if settings.admin_password else ""
    password = given or secrets.token_urlsafe(RANDOM_PASSWORD_BYTES)
    User.objects.create_superuser(settings.admin_username, password=password)
    return AdminLogin(settings.admin_username, password, True)


def do_ensure_groups(names: Iterable[str]) -> None:
    """Make the groups that are missing."""
    for name in names:
        Group.objects.get_or_create(name=name)


def do_set_language(user: User, language: str) -> None:
    """Remember the language in which a person reads the pages."""
    User.objects.filter(pk=user.pk).update(language=language)
