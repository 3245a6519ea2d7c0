"""The document service's REST routes."""

import asyncio
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
from services.agent_server.auth import Caller
from services.document.resources import DocumentResources, resources
from services.document.schemas import (
    DocumentDetail,
    DocumentInfo,
    DocumentPage,
    EmbedRequest,
    EmbedResponse,
    GroupsRequest,
    IndexAccepted,
    IndexProgress,
    IndexRequest,
    PassageInfo,
    SearchRequest,
    SearchResponse,
)
from services.document.uploads import MAX_FILES, checked_groups, store_files, store_texts
from tools.documents.models import EVERYONE, Document
from tools.documents.permissions import require_editor
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
                        },
                    }
                },
            },
        }
    },
)
async def index(request: Request, caller: Caller, opened: Resources) -> IndexAccepted:
    """Files (multipart, field ``files``) or texts (JSON). The same content twice is indexed once."""
    require_editor(caller)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FILES) as form:
            files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
            groups = [group for group in form.getlist("groups") if isinstance(group, str)] or [EVERYONE]
            items = await store_files(
                files,  # type: ignore[arg-type]
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
    job = opened.library.store.access_job(caller, job_id)
    return IndexProgress(job_id=job.id, status=job.status, done=job.done, total=job.total, errors=job.errors)


@router.get("/documents", summary="List documents")
def list_documents(
    caller: Caller,
    opened: Resources,
    search: Annotated[str, Query(max_length=200)] = "",
    language: str | None = None,
    category: str | None = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> DocumentPage:
    """The documents the caller may read, by title."""
    documents, total = opened.library.store.list_documents(
        caller, search=search, language=language, category=category, offset=offset, limit=limit
    )
    return DocumentPage(
        documents=[DocumentInfo(**_info(document)) for document in documents],
        total=total,
        offset=offset,
        limit=limit,
    )


@router.get("/documents/{document_id}", summary="Read a document")
def read_document(document_id: str, caller: Caller, opened: Resources) -> DocumentDetail:
    """The document with all its passages."""
    document = opened.library.store.access_document(caller, document_id)
    passages = [
        PassageInfo(index=passage.position, text=passage.text, page=passage.page, section=passage.section)
        for passage in document.passages
    ]
    return DocumentDetail(**_info(document), passages=passages)


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


def _info(document: Document) -> dict[str, object]:
    return {
        "document_id": document.id,
        "title": document.title,
        "source": document.source,
        "format": document.format,
        "language": document.language,
        "category": document.category,
        "date": document.date,
        "groups": document.groups,
    }
