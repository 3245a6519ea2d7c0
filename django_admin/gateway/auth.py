"""Who may call the API. Each way to sign in is one class here; `LOGINS` lists them.

A key counts before a session: a program that names its key means that one, also where a cookie came along.
"""

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, QueryDict
from ninja.security import APIKeyCookie
from ninja.security.base import AuthBase
from ninja.security.http import HttpAuthBase
from ninja.utils import check_csrf

from django_admin.accounts.identity import identity_of
from django_admin.accounts.key_access import do_use_key
from django_admin.accounts.models import User
from django_admin.accounts.scopes import Scope
from django_admin.config.threads import in_database
from django_admin.gateway.quota import note_quota
from django_admin.gateway.state import gateway_of
from narutalk.errors import Forbidden, RateLimited
from narutalk.identity import Identity


class KeyLogin(HttpAuthBase):
    """A program's API key: ``Authorization: Bearer nk_…``. It travels only on purpose: no CSRF token.

    Args:
        scope: What the key must have been made for. None refuses every key: a route says what it needs.
    """

    openapi_scheme = "bearer"

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    async def __call__(self, request: HttpRequest) -> User | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.openapi_scheme:
            return None
        per_minute = gateway_of(request).settings.requests_per_minute_per_key
        use = await in_database(do_use_key, text.strip(), per_minute=per_minute)
        structlog.contextvars.bind_contextvars(api_key=use.key.prefix)
        note_quota(request, use.quota)
        if use.quota.is_exceeded:
            raise RateLimited(
                f"This key may ask {per_minute} times in a minute. Try again later.",
                details={"retry_after_seconds": use.quota.reset_seconds},
            )
        if self.scope not in use.key.scopes:
            raise Forbidden(
                "The API key was not made for this.",
                code="scope_missing",
                details={"scope": self.scope, "scopes": use.key.scopes},
            )
        return use.user


class SessionLogin(APIKeyCookie):
    """The chat page's session. A cookie travels by itself, so writing also needs the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    async def __call__(self, request: HttpRequest) -> User | None:
        user = await request.auser()
        if not isinstance(user, User) or not user.is_active:
            return None
        # The token comes in a header. To look for it in a form, Django would first read an upload to its end.
        request.POST = QueryDict()
        if check_csrf(request) is not None:
            raise Forbidden("The CSRF token is missing or wrong. Reload the page.", code="csrf_failed")
        # The request's connection has done its work: a stream of a minute must not hold it for a minute.
        await sync_to_async(connections.close_all)()
        return user

    def authenticate(self, request: HttpRequest, key: str | None) -> None:
        raise NotImplementedError  # `__call__` does it, asynchronously


LOGINS: tuple[AuthBase, ...] = (KeyLogin(), SessionLogin())


def open_to(scope: Scope) -> list[AuthBase]:
    """Return the logins of a route that keys with a scope may call; sessions need none."""
    return [KeyLogin(scope), *(login for login in LOGINS if not isinstance(login, KeyLogin))]


def user_of(request: HttpRequest) -> User:
    """Return who makes this call; only inside of an operation, where somebody always does."""
    user: User = request.auth  # type: ignore[attr-defined]
    return user


async def caller_identity(request: HttpRequest) -> Identity:
    """Return the identity with which a service is asked on behalf of who makes this call."""
    return await in_database(identity_of, user_of(request))
