"""The document service's REST routes."""

import asyncio
import datetime
import time
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from narutalk.embedding.queue import Kind
from narutalk.errors import NotFound
from narutalk.identity import Identity
from services.agent_server.auth import Caller
from services.document.resources import DocumentResources, resources
from services.document.schemas import (
    DocumentDetail,
    DocumentInfo,
    DocumentPage,
    EmbedRequest,
    EmbedResponse,
    FileError,
    FileResult,
    GroupsRequest,
    IndexAccepted,
    IndexJobPage,
    IndexProgress,
    IndexRequest,
    PassageInfo,
    SearchRequest,
    SearchResponse,
)
from services.document.uploads import (
    MAX_FILES,
    MAX_REQUEST_BYTES,
    checked_groups,
    limited,
    store_files,
    store_texts,
)
from tools.documents.library import DocumentLibrary
from tools.documents.models import EVERYONE, Document, IndexJob, ItemStatus
from tools.documents.permissions import may_edit, require_editor
from tools.documents.shards import Filters

router = APIRouter(tags=["documents"])

Resources = Annotated[DocumentResources, Depends(resources)]


@router.post("/search", summary="Find passages")
def search(request: SearchRequest, caller: Caller, opened: Resources) -> SearchResponse:
    """Dense and BM25 search, fused; only over what the caller may read."""
    started = time.perf_counter()
    hits = opened.library.search(
        caller,
        request.query,
        top_k=request.top_k,
        filters=Filters(**request.filters.model_dump()),
    )
    return SearchResponse(hits=hits, took_ms=round((time.perf_counter() - started) * 1000, 1))


@router.post("/embed", summary="Embed texts")
async def embed(request: EmbedRequest, _caller: Caller, opened: Resources) -> EmbedResponse:
    """Passage embeddings of the service's model; ``embedding_queue_full`` (503) when too many texts wait."""
    queue = opened.embedding
    embeddings = await asyncio.wrap_future(queue.submit(request.texts, Kind.PASSAGE))
    return EmbedResponse(model=queue.name, dimensions=queue.dimensions, embeddings=embeddings)


@router.post(
    "/index",
    summary="Index documents",
    status_code=202,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": IndexRequest.model_json_schema()},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["files"],
                        "properties": {
                            "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                            "groups": {"type": "array", "items": {"type": "string"}},
                            "paths": {"type": "array", "items": {"type": "string"}},
                        },
                    }
                },
            },
        }
    },
)
async def index(request: Request, caller: Caller, opened: Resources) -> IndexAccepted:
    """Files (multipart, field ``files``) or texts (JSON).

    The same content twice is indexed once. A file replaces what you sent from the same path before; ``paths``
    names them in the order of the files, otherwise their names do.
    """
    require_editor(caller)
    request = limited(request, max_bytes=max(MAX_REQUEST_BYTES, 4 * opened.max_upload_bytes))
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=MAX_FILES, max_fields=2 * MAX_FILES) as form:
            files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
            groups = [group for group in form.getlist("groups") if isinstance(group, str)] or [EVERYONE]
            paths = [path for path in form.getlist("paths") if isinstance(path, str)]
            items = await store_files(
                files,  # type: ignore[arg-type]
                paths,
                groups,
                opened.data_dir,
                max_bytes=opened.max_upload_bytes,
            )
    else:
        items = await store_texts((await _index_request(request)).documents, opened.data_dir)
    job = await to_thread.run_sync(opened.jobs.submit, caller, items)
    return IndexAccepted(job_id=job.id)


@router.get("/index/{job_id}", summary="Progress of an index job")
def index_progress(job_id: str, caller: Caller, opened: Resources) -> IndexProgress:
    """Only the one who sent the job sees it."""
    return _progress(opened.jobs.store.access(caller, job_id))


@router.get("/index", summary="List index jobs")
def list_jobs(
    caller: Caller,
    opened: Resources,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> IndexJobPage:
    """The caller's jobs, the newest first."""
    jobs, total = opened.jobs.store.list(caller, offset=offset, limit=limit)
    return IndexJobPage(jobs=[_progress(job) for job in jobs], total=total, offset=offset, limit=limit)


@router.post("/index/{job_id}/cancel", summary="Cancel an index job")
def cancel_job(job_id: str, caller: Caller, opened: Resources) -> IndexProgress:
    """Ends it after the passages at hand; what is indexed stays. A job that has ended stays as it is."""
    return _progress(opened.jobs.cancel(caller, job_id))


@router.get("/documents", summary="List documents")
def list_documents(
    caller: Caller,
    opened: Resources,
    search: Annotated[str, Query(max_length=200)] = "",
    language: str | None = None,
    category: str | None = None,
    formats: Annotated[list[str], Query(alias="format", max_length=20)] = [],  # noqa: B006 (FastAPI copies it)
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> DocumentPage:
    """The documents the caller may read, by title.

    ``format`` is a file's ending without its dot, and may be given several times; ``since`` and ``until``
    are days, of the document's own date or else of when it came in.
    """
    documents, total = opened.library.store.list_documents(
        caller,
        search=search,
        language=language,
        category=category,
        formats=formats,
        since=since,
        until=until,
        offset=offset,
        limit=limit,
    )
    return DocumentPage(
        documents=[_info(caller, document) for document in documents],
        total=total,
        offset=offset,
        limit=limit,
        may_index=may_edit(caller),
    )


@router.get("/documents/{document_id}", summary="Read a document")
def read_document(document_id: str, caller: Caller, opened: Resources) -> DocumentDetail:
    """The document with all its passages."""
    document = opened.library.store.access_document(caller, document_id)
    passages = [
        PassageInfo(
            index=passage.position,
            text=passage.text,
            page=passage.page,
            section=passage.section,
            cells=passage.cells,
            language=passage.language,
            start_offset=passage.start_offset,
            end_offset=passage.end_offset,
        )
        for passage in document.passages
    ]
    return DocumentDetail(**_info(caller, document).model_dump(), passages=passages)


@router.get("/documents/{document_id}/file", summary="Download the original", response_class=FileResponse)
def download_document(document_id: str, caller: Caller, opened: Resources) -> FileResponse:
    """The file as it was indexed."""
    document = opened.library.store.access_document(caller, document_id)
    path = opened.data_dir / document.stored_path
    if not document.stored_path or not path.is_file():
        raise NotFound("file")
    return FileResponse(
        path,
        filename=document.source,
        content_disposition_type="attachment",
        media_type="application/octet-stream",
    )


@router.put("/documents/{document_id}/groups", summary="Change who may read a document", status_code=204)
def change_groups(document_id: str, request: GroupsRequest, caller: Caller, opened: Resources) -> None:
    """Takes effect at once, at every instance; its owner, managers and administrators may."""
    opened.library.set_groups(caller, document_id, checked_groups(request.groups))


@router.delete("/documents/{document_id}", summary="Remove a document", status_code=204)
def remove_document(document_id: str, caller: Caller, opened: Resources) -> None:
    """Removes it from every index; its owner, managers and administrators may."""
    opened.library.remove(caller, document_id)


async def _index_request(request: Request) -> IndexRequest:
    try:
        return IndexRequest.model_validate_json(await request.body())
    except ValidationError as error:
        # The one handler of malformed bodies answers this as well.
        found = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(found) from error


def _progress(job: IndexJob) -> IndexProgress:
    return IndexProgress(
        job_id=job.id,
        status=job.status,
        done=job.done,
        total=job.total,
        cancel_requested=job.cancel_requested,
        created_at=job.created_at.replace(tzinfo=datetime.UTC),
        finished_at=job.finished_at and job.finished_at.replace(tzinfo=datetime.UTC),
        errors=[
            FileError(file=item.file_name, code=item.code, message=item.message)
            for item in job.items
            if item.status == ItemStatus.FAILED
        ],
        files=[
            FileResult(
                file=item.file_name,
                path=item.path,
                status=item.status,
                code=item.code,
                message=item.message,
                document_id=item.document_id or None,
            )
            for item in job.items
        ],
    )


def _info(caller: Identity, document: Document) -> DocumentInfo:
    return DocumentInfo(
        document_id=document.id,
        title=document.title,
        source=document.source,
        format=document.format,
        language=document.language,
        category=document.category,
        date=document.date,
        groups=document.groups,
        indexed_at=document.indexed_at.replace(tzinfo=datetime.UTC),
        may_remove=DocumentLibrary.may_remove(caller, document),
    )
