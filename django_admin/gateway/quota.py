"""What a program is told of its rate limit, with every answer to a key."""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from django_admin.accounts.key_access import Quota

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

_ATTRIBUTE = "narutalk_quota"


def note_quota(request: HttpRequest, quota: Quota) -> None:
    """Keep a request's quota for the headers of its response."""
    setattr(request, _ATTRIBUTE, quota)


@async_only_middleware
def quota_headers(get_response: GetResponse) -> GetResponse:
    """Adds `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), and `Retry-After` when it was too many."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        quota: Quota | None = getattr(request, _ATTRIBUTE, None)
        if quota:
            response.headers["RateLimit-Limit"] = str(quota.limit)
            response.headers["RateLimit-Remaining"] = str(quota.remaining)
            response.headers["RateLimit-Reset"] = str(quota.reset_seconds)
            if quota.is_exceeded:
                response.headers["Retry-After"] = str(quota.reset_seconds)
        return response

    return middleware
