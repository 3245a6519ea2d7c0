"""Errors as answers: one body for all, with LangGraph's ``detail`` beside ours."""

from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narutalk.errors import InvalidInput, NaruTalkError, Unavailable, error_body
from narutalk.telemetry.request_id import current_request_id
from services.agent_server.serialization import json_response
from services.agent_server.storage.outages import DATABASE_ERRORS, is_outage

log = structlog.get_logger(__name__)

HTTP_CODES = {404: "route_not_found", 405: "method_not_allowed", 413: "too_large"}
MAX_FIELD_ERRORS = 20


class ErrorDetails(BaseModel):
    """What went wrong, for programs and for people."""

    code: str
    message: str
    details: dict[str, Any]
    request_id: str | None


class ErrorAnswer(BaseModel):
    """The body of every error; ``detail`` repeats the message for LangGraph clients."""

    error: ErrorDetails
    detail: Any


DOCUMENTED_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "Two parts of the request exclude each other"},
    401: {"model": ErrorAnswer, "description": "No token, or one that does not verify"},
    404: {"model": ErrorAnswer, "description": "Absent, or another's"},
    409: {"model": ErrorAnswer, "description": "The state does not allow it now"},
    422: {"model": ErrorAnswer, "description": "Malformed"},
    503: {"model": ErrorAnswer, "description": "The database, or a free place in the queue, is missing now"},
}


class UnhandledErrorsMiddleware:
    """Answers what no handler knows with 500 and nothing else, and logs it with its traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http":
                raise
            log.error("request failed", method=scope["method"], path=scope["path"], exc_info=error)
            if started:
                raise
            await error_answer(NaruTalkError("Something went wrong on our side."))(scope, receive, send)


def error_answer(error: NaruTalkError) -> Response:
    """Return the answer of an error."""
    body = error_body(error, current_request_id()) | {"detail": error.message}
    return json_response(body, status=error.status)


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of a route in our shape."""
    app.exception_handler(NaruTalkError)(_answer_known)
    app.exception_handler(RequestValidationError)(_answer_invalid)
    app.exception_handler(HTTPException)(_answer_http)
    for kind in DATABASE_ERRORS:
        app.exception_handler(kind)(_answer_database_error)


async def _answer_known(_request: Request, error: NaruTalkError) -> Response:
    if error.status >= 500:
        log.error("request failed", code=error.code, exc_info=error)
    return error_answer(error)


async def _answer_database_error(_request: Request, error: Exception) -> Response:
    if not is_outage(error):
        raise error
    log.error("the database does not answer", exc_info=error)
    return error_answer(
        Unavailable("The database does not answer. Try again later.", code="database_unavailable")
    )


async def _answer_invalid(_request: Request, error: RequestValidationError) -> Response:
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return error_answer(InvalidInput("The body is not valid JSON.", code="invalid_json"))
    fields = [_field_error(problem) for problem in problems[:MAX_FIELD_ERRORS]]
    summary = "; ".join(f"{field['field']}: {field['message']}" for field in fields[:3])
    return error_answer(InvalidInput(f"The request is malformed: {summary}", details={"fields": fields}))


async def _answer_http(_request: Request, error: HTTPException) -> Response:
    if error.status_code == 400:  # FastAPI and Starlette: bytes that are no text, a form without its end
        return error_answer(InvalidInput(f"The body cannot be read: {error.detail}", code="invalid_body"))
    body: dict[str, Any] = {
        "error": {
            "code": HTTP_CODES.get(error.status_code, "http_error"),
            "message": str(error.detail),
            "details": {},
            "request_id": current_request_id(),
        },
        "detail": error.detail,
    }
    return json_response(body, status=error.status_code, headers=dict(error.headers or {}))


def _field_error(problem: dict[str, Any]) -> dict[str, str]:
    path = [str(part) for part in problem["loc"]]
    return {"field": ".".join(path[1:] or path), "message": problem["msg"], "type": problem["type"]}
