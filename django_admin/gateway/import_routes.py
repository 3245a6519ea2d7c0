"""Imports of the company's data over the API. Who may, the services decide."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from ninja import Field, Router, Status

from django_admin.accounts.models import User
from django_admin.accounts.scopes import Scope
from django_admin.config.threads import in_database
from django_admin.gateway.auth import caller_identity, open_to, user_of
from django_admin.gateway.conversations import DEFAULT_PAGE, MAX_OFFSET, PageLimit
from django_admin.gateway.import_schemas import (
    ImportHistoryOut,
    ImportJobOut,
    ImportJobsOut,
    ImportKindsOut,
    ImportProblemsOut,
    ImportRunIn,
)
from django_admin.gateway.state import gateway_of
from django_admin.imports.access import access_job, own_jobs
from django_admin.imports.actions import do_create, do_discard, do_fail_abandoned, do_start_again
from django_admin.imports.models import ImportJob
from narutalk.errors import InvalidInput, TooLarge

router = Router(tags=["imports"])

PART_BYTES = 256 * 1024
MAX_OPTIONS_BYTES = 64 * 1024
HistoryLimit = Annotated[int, Field(ge=1, le=100)]
ProblemLimit = Annotated[int, Field(ge=1, le=500)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "kind": {"type": "string"},
        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX."},
        "dry_run": {"type": "boolean", "default": False},
        "options": {"type": "string", "description": "JSON: columns, constants, words, date_order, …"},
    },
}


@router.get(
    "/imports/kinds",
    response=ImportKindsOut,
    auth=open_to(Scope.IMPORTS_READ),
    summary="List what you may import, and what columns may be called",
)
async def list_kinds(request: HttpRequest) -> ImportKindsOut:
    found = await gateway_of(request).imports.importable(await caller_identity(request))
    return ImportKindsOut(kinds=[kind for _, kind in found.kinds], unavailable=found.unavailable)


@router.get(
    "/imports/history",
    response=ImportHistoryOut,
    auth=open_to(Scope.IMPORTS_READ),
    summary="List what was imported last, by whomever",
    description="Also from the command line. Answers `403 import_forbidden` to who may import nothing.",
)
async def list_history(request: HttpRequest, limit: HistoryLimit = 20) -> ImportHistoryOut:
    past = await gateway_of(request).imports.history(await caller_identity(request), limit=limit)
    return ImportHistoryOut(imports=past)


@router.post(
    "/imports",
    response={202: ImportJobOut},
    auth=open_to(Scope.IMPORTS_WRITE),
    summary="Import a file, or with `dry_run` see what importing it would do",
    description="`multipart/form-data`. All of the file or nothing is imported. The answer comes at once; "
    "ask for the import until its `status` is not `running`. The file of a dry run is kept for a day. "
    "Answers `403 import_forbidden` to who may not import this kind.",
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}},
)
async def create_import(request: HttpRequest) -> Status[ImportJobOut]:
    gateway = gateway_of(request)
    form = await in_database(_read_form, request, gateway.settings.max_upload_bytes)
    service, kind = await gateway.imports.find(await caller_identity(request), form.kind)
    user = user_of(request)
    job = await in_database(
        do_create,
        user,
        service=service,
        kind=kind.name,
        file_name=form.file_name,
        parts=form.parts,
        options=form.options,
        dry_run=form.dry_run,
    )
    gateway.running_imports.start(job, user)
    return Status(202, _told(job, has_file=True))


@router.get(
    "/imports",
    response=ImportJobsOut,
    auth=open_to(Scope.IMPORTS_READ),
    summary="List your imports, the newest first",
)
async def list_imports(
    request: HttpRequest, limit: PageLimit = DEFAULT_PAGE, offset: Offset = 0
) -> ImportJobsOut:
    return await in_database(_page, user_of(request), limit, offset)


@router.get(
    "/imports/{uuid:import_id}",
    response=ImportJobOut,
    auth=open_to(Scope.IMPORTS_READ),
    summary="See what came of an import",
    description="Answers `404 import_not_found` where there is none, or where it is somebody else's.",
)
async def read_import(request: HttpRequest, import_id: UUID) -> ImportJobOut:
    return await in_database(_read, user_of(request), import_id)


@router.get(
    "/imports/{uuid:import_id}/problems",
    response=ImportProblemsOut,
    auth=open_to(Scope.IMPORTS_READ),
    summary="List what is wrong in an import's rows",
)
async def list_problems(
    request: HttpRequest, import_id: UUID, limit: ProblemLimit = 50, offset: Offset = 0
) -> ImportProblemsOut:
    return await in_database(_problems, user_of(request), import_id, limit, offset)


@router.post(
    "/imports/{uuid:import_id}/runs",
    response={202: ImportJobOut},
    auth=open_to(Scope.IMPORTS_WRITE),
    summary="Check an import's file again, or import it for real",
    description="Answers `409` with `import_running`, `import_applied` (it is done), or `import_file_gone`.",
)
async def run_import(request: HttpRequest, import_id: UUID, body: ImportRunIn) -> Status[ImportJobOut]:
    gateway, user = gateway_of(request), user_of(request)
    kind = await in_database(lambda: access_job(user, import_id).kind)
    await gateway.imports.find(await caller_identity(request), kind)
    job = await in_database(
        do_start_again, user, import_id, options=_checked(body.options), dry_run=body.dry_run
    )
    gateway.running_imports.start(job, user)
    return Status(202, _told(job, has_file=True))


@router.delete(
    "/imports/{uuid:import_id}",
    response={204: None},
    auth=open_to(Scope.IMPORTS_WRITE),
    summary="Discard a file that is not imported; stop its check",
    description="Answers `409` with `import_applied` (it is done), or `import_running` (it is being "
    "imported, which goes on).",
)
async def discard_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    await in_database(do_discard, user_of(request), import_id)
    await gateway_of(request).running_imports.stop(import_id)
    return HttpResponse(status=204)


class _Form(NamedTuple):
    kind: str
    file_name: str
    parts: Iterator[bytes]
    options: dict[str, Any]
    dry_run: bool


def _read_form(request: HttpRequest, max_bytes: int) -> _Form:
    """Read the form in a thread: what is large, Django keeps on the disk."""
    if not request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        raise InvalidInput("Send multipart/form-data.", code="file_missing")
    try:
        upload, given = request.FILES.get("file"), request.POST
    except MultiPartParserError as error:
        raise InvalidInput("The form cannot be read.", code="file_missing") from error
    if upload is None:
        raise InvalidInput("Send one file in the field `file`.", code="file_missing")
    if (upload.size or 0) > max_bytes:
        raise TooLarge(f"The file is larger than {max_bytes:,} bytes.", code="file_too_large")
    return _Form(
        kind=given.get("kind", ""),
        file_name=(upload.name or "file").replace("\x00", ""),
        parts=upload.chunks(PART_BYTES),
        options=_options(given.get("options") or "{}"),
        dry_run=given.get("dry_run", "").lower() in ("true", "1", "on", "yes"),
    )


def _options(text: str) -> dict[str, Any]:
    try:
        options = json.loads(text)
    except ValueError as error:
        raise _no_options() from error
    return _checked(options)


def _checked(options: Any) -> dict[str, Any]:
    """Only their size and form: what they say, the service checks."""
    if not isinstance(options, dict):
        raise _no_options()
    try:
        written = json.dumps(options, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:
        raise _no_options() from error
    if len(written) > MAX_OPTIONS_BYTES or b"\\u0000" in written:
        raise _no_options()
    return options


def _no_options() -> InvalidInput:
    return InvalidInput("`options` is a JSON object that says how to read the file.", code="options_invalid")


def _page(user: User, limit: int, offset: int) -> ImportJobsOut:
    do_fail_abandoned(timezone.now())
    jobs = own_jobs(user)
    return ImportJobsOut(
        imports=[_told(job, has_file=job.has_file) for job in jobs[offset : offset + limit]],  # type: ignore[attr-defined]
        total=jobs.count(),
        offset=offset,
        limit=limit,
    )


def _read(user: User, import_id: UUID) -> ImportJobOut:
    do_fail_abandoned(timezone.now())
    job = access_job(user, import_id)
    return _told(job, has_file=job.has_file)  # type: ignore[attr-defined]


def _problems(user: User, import_id: UUID, limit: int, offset: int) -> ImportProblemsOut:
    job = access_job(user, import_id)
    return ImportProblemsOut(
        problems=job.problems[offset : offset + limit],
        total=job.result["problem_count"] if job.result else 0,
        listed=len(job.problems),
        offset=offset,
        limit=limit,
    )


def _told(job: ImportJob, *, has_file: bool) -> ImportJobOut:
    return ImportJobOut(
        import_id=job.pk,
        kind=job.kind,
        file_name=job.file_name,
        file_bytes=job.file_bytes,
        options=job.options,
        dry_run=job.dry_run,
        status=job.status,
        has_file=has_file,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        result=job.result,
        error=job.error,
    )
