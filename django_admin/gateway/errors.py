"""One shape for every error under /api, whoever raised it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from narutalk.errors import InvalidInput, NaruTalkError, NotFound, TooLarge, Unauthenticated, error_body
from narutalk.telemetry.request_id import current_request_id

logger = structlog.get_logger(__name__)

CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "unauthenticated",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
}
FIELD_CODES = {"message": "message_invalid"}


def error_response(error: NaruTalkError) -> JsonResponse:
    """Return an error as every HTTP interface of NaruTalk answers it."""
    return JsonResponse(error_body(error, current_request_id()), status=error.status)


@async_only_middleware
def api_errors(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    """Gives errors from outside of the API's operations (unknown route, wrong method) the API's shape."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if not request.path.startswith("/api/") or response.status_code < HTTPStatus.BAD_REQUEST or is_json:
            return response
        replacement = _status_response(response.status_code)
        if "Allow" in response.headers:
            replacement.headers["Allow"] = response.headers["Allow"]
        return replacement

    return middleware


def install_error_handlers(api: NinjaAPI) -> None:
    """Turn all that an operation raises into the one shape; what is unknown is logged and not shown."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        NaruTalkError: lambda request, error: error_response(error),
        AuthenticationError: lambda request, error: error_response(Unauthenticated("Sign in first.")),
        ValidationError: lambda request, error: error_response(_invalid_input(error)),
        HttpError: lambda request, error: _http_error(error),
        Http404: lambda request, error: _status_response(HTTPStatus.NOT_FOUND),
        RequestDataTooBig: lambda request, error: error_response(TooLarge("The request is too large.")),
        Exception: _unknown_error,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _invalid_input(error: ValidationError) -> InvalidInput:
    problems = [
        {
            "field": ".".join(str(part) for part in item["loc"] if part not in ("body", "body_in")),
            "problem": item["msg"],
        }
        for item in error.errors
    ]
    code = next((FIELD_CODES[item["field"]] for item in problems if item["field"] in FIELD_CODES), None)
    return InvalidInput("The request is not valid.", code=code, details={"problems": problems})


def _http_error(error: HttpError) -> HttpResponse:
    if error.status_code == HTTPStatus.BAD_REQUEST:  # ninja's answer to a body that it cannot parse
        return error_response(InvalidInput("The body is not valid JSON.", code="invalid_json"))
    return _status_response(error.status_code)


def _unknown_error(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.exception("request failed", path=request.path, method=request.method, exc_info=error)
    return error_response(NaruTalkError("Something went wrong on our side."))


def _status_response(status: int) -> HttpResponse:
    if status == HTTPStatus.NOT_FOUND:
        return error_response(NotFound("page"))
    code = CODES.get(
        HTTPStatus(status), "internal_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"
    )
    error = NaruTalkError(f"{HTTPStatus(status).phrase}.", code=code)
    return JsonResponse(error_body(error, current_request_id()), status=status)
