"""`POST /ingest/logs`: takes the log records of the other processes."""

from dataclasses import asdict
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from django_admin.accounts.ingest import ingest_key_required
from django_admin.config.threads import in_database
from django_admin.gateway.errors import error_response
from django_admin.monitoring.log_batches import Stored, do_store_batch, read_batch
from narutalk.errors import InvalidInput, NaruTalkError, TooLarge

MAX_BODY_BYTES = 1024 * 1024


@ingest_key_required
async def ingest_logs(request: HttpRequest) -> HttpResponse:
    """Store a batch once: ``{"stored", "duplicate"}``.

    413 (``too_large``) beyond `MAX_BODY_BYTES`. 422 (``records_invalid``) when some records are malformed:
    the others are stored, details are ``{"stored", "duplicate", "rejected": [{"index", "problem"}]}``.
    """
    if request.method != "POST":
        return error_response(_MethodNotAllowed("Send a batch with POST.", code="method_not_allowed"))
    try:
        batch = read_batch(_body(request))
    except NaruTalkError as error:
        return error_response(error)
    stored = await in_database(do_store_batch, batch)
    if batch.rejected:
        rejected = [asdict(item) for item in batch.rejected]
        return error_response(
            InvalidInput(
                "Some records are not valid; the others are stored.",
                code="records_invalid",
                details={**_told(stored), "rejected": rejected},
            )
        )
    return JsonResponse(_told(stored))


class _MethodNotAllowed(NaruTalkError):
    status = HTTPStatus.METHOD_NOT_ALLOWED


def _body(request: HttpRequest) -> bytes:
    too_large = TooLarge("The batch is too large.", details={"max_bytes": MAX_BODY_BYTES})
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise too_large
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise too_large from error
    if len(body) > MAX_BODY_BYTES:
        raise too_large
    return body


def _told(stored: Stored) -> dict[str, int | bool]:
    return {"stored": stored.count, "duplicate": stored.duplicate}
