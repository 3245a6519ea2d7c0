"""Who may call the API. Each way to sign in is one class here; `LOGINS` lists them."""

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.http import HttpRequest
from ninja.security import APIKeyCookie
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from django_admin.accounts.models import User
from narutalk.errors import Forbidden


class SessionLogin(APIKeyCookie):
    """The chat page's session. A cookie travels by itself, so writing also needs the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    async def __call__(self, request: HttpRequest) -> User | None:
        user = await request.auser()
        if not isinstance(user, User) or not user.is_active:
            return None
        if check_csrf(request) is not None:
            raise Forbidden("The CSRF token is missing or wrong. Reload the page.", code="csrf_failed")
        # The request's connection has done its work: a stream of a minute must not hold it for a minute.
        await sync_to_async(connections.close_all)()
        return user

    def authenticate(self, request: HttpRequest, key: str | None) -> None:
        raise NotImplementedError  # `__call__` does it, asynchronously


LOGINS: tuple[AuthBase, ...] = (SessionLogin(),)


def user_of(request: HttpRequest) -> User:
    """Return who makes this call; only inside of an operation, where somebody always does."""
    user: User = request.auth  # type: ignore[attr-defined]
    return user
