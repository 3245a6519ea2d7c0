"""The sink: the part of LangSmith's API that its SDK needs to send traces."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from django_admin.accounts.ingest import ingest_key_required
from django_admin.config.threads import in_database
from django_admin.gateway.errors import error_response
from django_admin.gateway.state import gateway_of
from django_admin.tracing.actions import Report, do_store_runs
from django_admin.tracing.multipart import expanded, split
from django_admin.tracing.reports import Operation, read_report
from narutalk.errors import InvalidInput, NaruTalkError, TooLarge
from narutalk.settings import Settings
from narutalk.telemetry.tracing.destinations import SINK_INFO
from narutalk.telemetry.tracing.redaction import build_redactor

MAX_BODY_BYTES = 20 * 1024 * 1024
MAX_EXPANDED_BYTES = 20 * 1024 * 1024
MAX_RUNS = 1_000
MAX_SHOWN_PROBLEMS = 10

logger = structlog.get_logger(__name__)

Given = tuple[Operation, Any]


class Stored(NamedTuple):
    """How many runs were stored, and what is wrong with the others."""

    accepted: int
    problems: list[str]


@ingest_key_required
@require_GET
async def info(_request: HttpRequest) -> HttpResponse:
    """Tell the SDK to send plain JSON batches."""
    return JsonResponse(SINK_INFO)


@ingest_key_required
@require_POST
async def batch(request: HttpRequest) -> HttpResponse:
    """Take ``{"post": [run], "patch": [run]}``."""
    return await _answer(request, _read_batch)


@ingest_key_required
@require_POST
async def multipart(request: HttpRequest) -> HttpResponse:
    """Take runs in parts, as the SDK sends them when LangSmith's own `/info` says so."""
    return await _answer(request, _read_multipart)


@ingest_key_required
@require_POST
async def create(request: HttpRequest) -> HttpResponse:
    """Take one run that has begun."""
    return await _answer(request, lambda _request, body: [("post", _json(body))])


@ingest_key_required
@require_http_methods(["PATCH"])
async def update(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take the end of one run."""

    def read(_request: HttpRequest, body: bytes) -> list[Given]:
        run = _json(body)
        return [("patch", {**run, "id": str(run_id)} if isinstance(run, dict) else run)]

    return await _answer(request, read)


async def _answer(request: HttpRequest, read: Any) -> HttpResponse:
    settings = gateway_of(request).settings
    try:
        stored = await in_database(_take, request, settings, read)
    except NaruTalkError as error:
        return error_response(error)
    if stored.problems:
        logger.warning("runs were refused", count=len(stored.problems), problem=stored.problems[0])
        details = {"accepted": stored.accepted, "problems": stored.problems[:MAX_SHOWN_PROBLEMS]}
        return error_response(InvalidInput("Some runs are malformed.", code="run_invalid", details=details))
    return JsonResponse({"accepted": stored.accepted}, status=HTTPStatus.ACCEPTED)


def _take(request: HttpRequest, settings: Settings, read: Any) -> Stored:
    return _store(settings, read(request, _body(request)))


def _store(settings: Settings, given: Iterable[Given]) -> Stored:
    """Store what is well formed; the rest does not take it along."""
    redactor = build_redactor(settings)
    reports: list[Report] = []
    problems: list[str] = []
    for operation, run in given:
        try:
            reports.append(Report(operation, read_report(run, redactor)))
        except InvalidInput as error:
            problems.append(error.message)
    do_store_runs(reports)
    return Stored(len(reports), problems)


def _read_batch(_request: HttpRequest, body: bytes) -> list[Given]:
    found = _json(body)
    if not isinstance(found, dict):
        raise InvalidInput("The body is no object.")
    lists: list[tuple[Operation, Any]] = [("post", found.get("post")), ("patch", found.get("patch"))]
    if any(not isinstance(runs, list | None) for _, runs in lists):
        raise InvalidInput("`post` and `patch` are lists of runs.")
    return _bounded([(operation, run) for operation, runs in lists for run in runs or ()])


def _read_multipart(request: HttpRequest, body: bytes) -> list[Given]:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    plain = expanded(body, encoding, max_bytes=MAX_EXPANDED_BYTES)
    return _bounded([*split(plain, request.headers.get("Content-Type", ""))])


def _bounded(runs: list[Given]) -> list[Given]:
    if len(runs) > MAX_RUNS:
        raise TooLarge(f"More than {MAX_RUNS} runs.")
    return runs


def _body(request: HttpRequest) -> bytes:
    """Return the body; read from the stream, since `request.body` has Django's own, lower limit."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
        raise TooLarge(f"More than {MAX_BODY_BYTES} bytes.")
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"More than {MAX_BODY_BYTES} bytes.")
    return body


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The body is not valid JSON.", code="invalid_json") from error
