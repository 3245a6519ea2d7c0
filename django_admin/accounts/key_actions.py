"""What makes and ends API keys. Each is logged, with the key's public part only."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.utils import timezone

from django_admin.accounts.api_keys import make_key
from django_admin.accounts.models import MAX_KEY_NAME_CHARS, ApiKey, User
from django_admin.accounts.scopes import Scope
from narutalk.errors import Conflict, InvalidInput

logger = structlog.get_logger(__name__)

DEFAULT_DAYS = 90
MAX_DAYS = 366
MAX_ACTIVE_KEYS = 50


class IssuedKey(NamedTuple):
    """A key that was just made; `text` is the whole of it and is known only now."""

    key: ApiKey
    text: str


def do_create_key(
    owner: User, *, name: str, scopes: Sequence[str], days: int, key_id: UUID | None = None
) -> IssuedKey:
    """Make a key of a person.

    Args:
        owner: Under whose rights it works.
        name: What it is for, 1 to 80 characters.
        scopes: What it opens, at least one.
        days: Until it expires, 1 to 366.
        key_id: Makes a repetition safe: the same id makes no second key.

    Raises:
        InvalidInput: ``key_name_invalid``, ``scopes_invalid`` or ``key_days_invalid``.
        Conflict: ``key_exists`` when the id was used before, ``too_many_keys`` when the person has 50.
    """
    name = name.replace("\x00", "").strip()
    _check(name, scopes, days)
    if key_id and ApiKey.objects.filter(pk=key_id).exists():
        raise Conflict("This key has been made already.", code="key_exists")
    now = timezone.now()
    active = ApiKey.objects.filter(owner=owner, revoked_at__isnull=True, expires_at__gt=now)
    if active.count() >= MAX_ACTIVE_KEYS:
        raise Conflict(f"A person has at most {MAX_ACTIVE_KEYS} keys; revoke one.", code="too_many_keys")
    made = make_key()
    key = ApiKey(
        owner=owner,
        name=name,
        prefix=made.prefix,
        digest=made.digest,
        scopes=sorted(set(scopes)),
        expires_at=now + timedelta(days=days),
    )
    if key_id:
        key.pk = key_id
    key.save(force_insert=True)
    logger.info(
        "api key created",
        api_key=key.prefix,
        owner=owner.username,
        scopes=key.scopes,
        expires_at=key.expires_at.isoformat(),
    )
    return IssuedKey(key, made.text)


def do_revoke_key(key: ApiKey, *, by: User) -> None:
    """End a key at once and for good; one that has ended stays as it is."""
    ended = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    if ended:
        logger.info("api key revoked", api_key=key.prefix, owner_id=key.owner_id, by=by.username)


def _check(name: str, scopes: Sequence[str], days: int) -> None:
    if not 1 <= len(name) <= MAX_KEY_NAME_CHARS:
        raise InvalidInput(f"A key's name has 1 to {MAX_KEY_NAME_CHARS} characters.", code="key_name_invalid")
    unknown = [scope for scope in scopes if scope not in list(Scope)]
    if unknown or not scopes:
        raise InvalidInput(
            f"Scopes are one or more of: {', '.join(Scope)}.",
            code="scopes_invalid",
            details={"unknown": unknown},
        )
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"A key lives for 1 to {MAX_DAYS} days.", code="key_days_invalid")
