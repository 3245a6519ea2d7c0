"""Deny by default, a strict content security policy, and the route's name for the metrics."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from django_admin.gateway.errors import error_response
from narutalk.errors import Unauthenticated

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Django's admin in unfold's clothes is built on Alpine.js, which evaluates expressions found in the markup.
ADMIN_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DOCS_POLICY = STRICT_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

STAFF_PREFIXES = ("/admin/", "/dashboard/")
API_PREFIX = "/api/"
API_NAMESPACE = "api"
API_DOCS_VIEWS = ("openapi-view", "openapi-json", "api-root")


class LoginRequiredMiddleware(DjangoLoginRequiredMiddleware):
    """Refuses every view that does not say it is open.

    The API's operations have their own set of logins, which the API itself asks for.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match and API_NAMESPACE in match.namespaces and match.url_name not in API_DOCS_VIEWS:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        match = request.resolver_match
        if request.path.startswith(API_PREFIX) and not (match and match.url_name == "openapi-view"):
            return error_response(Unauthenticated("Sign in first."))
        return super().handle_no_permission(request, view_func)


@async_only_middleware
def security_headers(get_response: GetResponse) -> GetResponse:
    """No inline script, nothing from another site, no frames; the admin's own markup needs a little more."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        policy = STRICT_POLICY
        if request.path.startswith(STAFF_PREFIXES):
            policy = ADMIN_POLICY
        elif request.path == "/api/docs":
            policy = DOCS_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response

    return middleware


@async_only_middleware
def route_template(get_response: GetResponse) -> GetResponse:
    """Tells the metrics around Django which route a request took."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        scope = getattr(request, "scope", None)
        if scope is not None and request.resolver_match:
            scope["route_template"] = f"/{request.resolver_match.route}"
        return response

    return middleware
