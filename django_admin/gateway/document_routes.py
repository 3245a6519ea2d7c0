"""Documents over the API: list, read, add, remove. Who may, the document service decides."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Status

from django_admin.accounts.scopes import Scope
from django_admin.gateway.auth import caller_identity, open_to
from django_admin.gateway.conversations import DEFAULT_PAGE, MAX_OFFSET, PageLimit
from django_admin.gateway.document_schemas import (
    Document,
    DocumentsOut,
    IndexJobOut,
    IndexJobsOut,
    JobAccepted,
)
from django_admin.gateway.documents import Upload
from django_admin.gateway.state import gateway_of
from narutalk.errors import InvalidInput

router = Router(tags=["documents"])

UPLOAD_CHUNK_BYTES = 256 * 1024
JobLimit = Annotated[int, Field(ge=1, le=50)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]


@router.get(
    "/documents",
    response=DocumentsOut,
    auth=open_to(Scope.DOCUMENTS_READ),
    summary="List the documents you may read, by title",
    description="`format` is a file's ending and may be given several times; `since` and `until` are days.",
)
async def list_documents(
    request: HttpRequest,
    search: Annotated[str, Field(max_length=200)] = "",
    language: Literal["en", "ko"] | None = None,
    formats: Annotated[list[str], Query(alias="format", max_length=20)] = [],  # noqa: B006 (ninja copies it)
    since: date | None = None,
    until: date | None = None,
    limit: PageLimit = DEFAULT_PAGE,
    offset: Offset = 0,
) -> DocumentsOut:
    asked = {
        "search": search.replace("\x00", "").strip(),
        "language": language,
        "format": formats,
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "limit": limit,
        "offset": offset,
    }
    narrowed = {name: value for name, value in asked.items() if value is not None}
    return await gateway_of(request).documents.list(await caller_identity(request), narrowed)


@router.post(
    "/documents/jobs",
    response={202: JobAccepted},
    auth=open_to(Scope.DOCUMENTS_WRITE),
    summary="Add documents",
    description="Files as `multipart/form-data`: `files`, with `groups` that may read them and `paths` that "
    "name them. A file replaces what you sent from the same path before. The answer names the job that "
    "indexes them. Answers `403 documents_read_only` to who may not add documents.",
)
async def add_documents(request: HttpRequest) -> Status[JobAccepted]:
    content_type = request.headers.get("Content-Type", "")
    if not content_type.startswith("multipart/form-data"):
        raise InvalidInput("Send files as multipart/form-data.", code="files_missing")
    length = request.headers.get("Content-Length", "")
    upload = Upload(content_type, int(length) if length.isdecimal() else None, _body(request))
    return Status(202, await gateway_of(request).documents.index(await caller_identity(request), upload))


@router.get(
    "/documents/jobs",
    response=IndexJobsOut,
    auth=open_to(Scope.DOCUMENTS_READ),
    summary="List your index jobs, the newest first",
)
async def list_jobs(request: HttpRequest, limit: JobLimit = 20, offset: Offset = 0) -> IndexJobsOut:
    return await gateway_of(request).documents.jobs(
        await caller_identity(request), limit=limit, offset=offset
    )


@router.get(
    "/documents/jobs/{uuid:job_id}",
    response=IndexJobOut,
    auth=open_to(Scope.DOCUMENTS_READ),
    summary="See how far an index job is",
    description="Answers `404 job_not_found` where there is none, or where it is somebody else's.",
)
async def read_job(request: HttpRequest, job_id: UUID) -> IndexJobOut:
    return await gateway_of(request).documents.job(await caller_identity(request), job_id)


@router.post(
    "/documents/jobs/{uuid:job_id}/cancel",
    response=IndexJobOut,
    auth=open_to(Scope.DOCUMENTS_WRITE),
    summary="Cancel an index job",
    description="What is indexed already stays. A job that has ended stays as it is.",
)
async def cancel_job(request: HttpRequest, job_id: UUID) -> IndexJobOut:
    return await gateway_of(request).documents.cancel(await caller_identity(request), job_id)


@router.get(
    "/documents/{document_id}",
    response=Document,
    auth=open_to(Scope.DOCUMENTS_READ),
    summary="Read a document",
    description="Answers `404 document_not_found` where there is none, or where you may not read it.",
)
async def read_document(request: HttpRequest, document_id: str) -> Document:
    return await gateway_of(request).documents.read(await caller_identity(request), document_id)


@router.delete(
    "/documents/{document_id}",
    response={204: None},
    auth=open_to(Scope.DOCUMENTS_WRITE),
    summary="Remove a document",
    description="It is gone for everyone. Its owner, managers and administrators may; others get `404`.",
)
async def remove_document(request: HttpRequest, document_id: str) -> HttpResponse:
    await gateway_of(request).documents.remove(await caller_identity(request), document_id)
    return HttpResponse(status=204)


async def _body(request: HttpRequest) -> AsyncIterator[bytes]:
    """Yield the body as it came; what is large, Django keeps on the disk, and it is read in a thread."""
    read = sync_to_async(request.read, thread_sensitive=False)
    while chunk := await read(UPLOAD_CHUNK_BYTES):
        yield chunk
