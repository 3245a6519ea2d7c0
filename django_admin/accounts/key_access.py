"""Whether an API key opens the door: found, right, alive, and within its rate limit."""

import math
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from django_admin.accounts.api_keys import is_digest_of, prefix_of
from django_admin.accounts.models import ApiKey, User
from narutalk.errors import NotFound, Unauthenticated

logger = structlog.get_logger(__name__)

WINDOW = timedelta(minutes=1)
LAST_USED_PRECISION = timedelta(minutes=1)


class Quota(NamedTuple):
    """How far a key's requests of the running minute have come.

    Attributes:
        limit: Requests in a minute.
        remaining: Requests that are left of it.
        reset_seconds: Until the next minute begins, 1 to 60.
        is_exceeded: This request came too many.
    """

    limit: int
    remaining: int
    reset_seconds: int
    is_exceeded: bool


class KeyUse(NamedTuple):
    """A request that came with a valid key: whose, which, and its quota."""

    user: User
    key: ApiKey
    quota: Quota


def access_key(text: str) -> ApiKey:
    """Return the key that a text is, with its owner.

    Raises:
        Unauthenticated: ``key_invalid`` when there is no such key or its owner may not sign in any more,
            ``key_revoked``, ``key_expired``. The last two are told to who knows the whole key only.
    """
    prefix = prefix_of(text)
    key = ApiKey.objects.select_related("owner").filter(prefix=prefix).first() if prefix else None
    if key is None or not is_digest_of(key.digest, text) or not key.owner.is_active:
        raise Unauthenticated("The API key is not valid.", code="key_invalid")
    if key.revoked_at:
        raise Unauthenticated("The API key has been revoked.", code="key_revoked")
    if key.expires_at <= timezone.now():
        raise Unauthenticated("The API key has expired.", code="key_expired")
    return key


def access_own_key(user: User, key_id: UUID) -> ApiKey:
    """Return a person's key.

    Raises:
        NotFound: ``api_key_not_found``: there is none, or it is somebody else's.
    """
    key = ApiKey.objects.filter(pk=key_id, owner=user).first()
    if key is None:
        raise NotFound("api key")
    return key


def do_use_key(text: str, *, per_minute: int) -> KeyUse:
    """Check a key, count the request, and note that the key was used.

    Raises:
        Unauthenticated: As `access_key`.
    """
    key = access_key(text)
    now = timezone.now()
    quota = _count(key, now, per_minute)
    if not quota.is_exceeded:
        _note_use(key, now)
    return KeyUse(key.owner, key, quota)


def _count(key: ApiKey, now: datetime, per_minute: int) -> Quota:
    """Let a request in or not, in one statement: two processes never let in one too many.

    A minute begins with the first request after the last one has passed.
    """
    is_new = Q(window_started_at__isnull=True) | Q(window_started_at__lte=now - WINDOW)
    has_room = is_new | Q(window_requests__lt=per_minute)
    let_in = ApiKey.objects.filter(has_room, pk=key.pk).update(
        window_requests=Case(When(is_new, then=Value(1)), default=F("window_requests") + 1),
        window_started_at=Case(When(is_new, then=Value(now)), default=F("window_started_at")),
    )
    began, requests = ApiKey.objects.values_list("window_started_at", "window_requests").get(pk=key.pk)
    left = (began + WINDOW - now).total_seconds() if began else WINDOW.total_seconds()
    return Quota(
        limit=per_minute,
        remaining=max(0, per_minute - requests),
        reset_seconds=min(max(1, math.ceil(left)), int(WINDOW.total_seconds())),
        is_exceeded=not let_in,
    )


def _note_use(key: ApiKey, now: datetime) -> None:
    known = ApiKey.objects.filter(pk=key.pk)
    if key.last_used_at is None:
        if known.filter(last_used_at__isnull=True).update(last_used_at=now):
            logger.info("api key used for the first time", api_key=key.prefix, owner=key.owner.username)
    elif key.last_used_at <= now - LAST_USED_PRECISION:
        known.update(last_used_at=now)
