"""The people who sign in."""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from narutalk.identity import Role

GRANTABLE_ROLES = (Role.MANAGER, Role.HR, Role.REVIEWER)


def validate_roles(roles: object) -> None:
    """Accept a list of roles that can be granted.

    Raises:
        ValidationError: It is no list, or something else is in it.
    """
    if not isinstance(roles, list) or any(role not in GRANTABLE_ROLES for role in roles):
        names = ", ".join(GRANTABLE_ROLES)
        raise ValidationError(_("Roles are a list of: %(names)s."), params={"names": names})


class User(AbstractUser):
    """A person.

    Everyone has the role `user`, and a superuser `admin`; `roles` holds those granted beside them. Django's
    groups say which documents the person may read.
    """

    language = models.CharField(
        _("language"),
        max_length=5,
        blank=True,
        choices=[("en", "English"), ("ko", "한국어")],
        help_text=_("Of the pages; empty: what the browser prefers."),
    )
    roles = models.JSONField(_("roles"), default=list, blank=True, validators=[validate_roles])

    REQUIRED_FIELDS: ClassVar[Sequence[str]] = []  # type: ignore[assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.get_full_name() or self.username
