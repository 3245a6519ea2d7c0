"""The people who sign in, and the keys with which their programs do."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from django_admin.accounts.scopes import validate_scopes
from narutalk.identity import Role

GRANTABLE_ROLES = (Role.MANAGER, Role.HR, Role.REVIEWER)
ADMIN_SITE_ROLES = frozenset({Role.REVIEWER, Role.ADMIN})
MAX_KEY_NAME_CHARS = 80


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
    groups say which documents the person may read, and to which regions' clients the person is limited.
    Who must enter the admin site by a role may (`is_staff`), from the moment the role is saved; what is shown
    there is decided by role alone.
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.is_superuser or ADMIN_SITE_ROLES.intersection(self.roles):
            self.is_staff = True
        fields = kwargs.get("update_fields")
        if fields is not None and {"roles", "is_superuser"} & set(fields):
            kwargs["update_fields"] = {*fields, "is_staff"}
        super().save(*args, **kwargs)


class ApiKey(models.Model):
    """A key with which a person's programs call the API, under the person's rights.

    Attributes:
        prefix: The key's public part, by which it is found and shown.
        digest: Of the whole key, which is not stored.
        last_used_at: To the minute.
        window_started_at: When the running minute of the rate limit began; None before the first request.
        window_requests: How many were let in since.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_keys", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=MAX_KEY_NAME_CHARS)
    prefix = models.CharField(_("key"), max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), validators=[validate_scopes])
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    window_started_at = models.DateTimeField(null=True, editable=False)
    window_requests = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering: ClassVar[Sequence[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at"], name="api_key_owner_created")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def is_active(self, now: datetime) -> bool:
        """Whether the key opens anything at a time: neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > now
