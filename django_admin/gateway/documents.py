"""The client of the document service: what documents there are, what they say, and how more come in."""

from collections.abc import AsyncIterator, Mapping
from email.message import Message as HeaderParser
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from django_admin.gateway.document_schemas import (
    Document,
    DocumentsOut,
    IndexJobOut,
    IndexJobsOut,
    JobAccepted,
)
from narutalk.errors import (
    Conflict,
    DeadlineExceeded,
    Forbidden,
    InvalidInput,
    NaruTalkError,
    NotFound,
    TooLarge,
    Unavailable,
    UpstreamFailed,
)
from narutalk.identity import Identity, TokenSigner

logger = structlog.get_logger(__name__)

UPLOAD_TIMEOUT = httpx.Timeout(connect=3.0, read=60.0, write=30.0, pool=5.0)
"""Reading: the service writes all files down before it answers."""
_REFUSALS = {error.status: error for error in (Forbidden, Conflict, TooLarge, InvalidInput)}
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)

ModelT = TypeVar("ModelT", bound=BaseModel)


class Upload(NamedTuple):
    """A form with files on its way through, as the browser or a program wrote it.

    Attributes:
        content_type: With the form's boundary.
        length: In bytes; None where the sender does not say.
        chunks: The form.
    """

    content_type: str
    length: int | None
    chunks: AsyncIterator[bytes]


class OriginalFile(NamedTuple):
    """A document's file on its way through; `chunks` must be read to its end, or closed."""

    name: str
    content_type: str
    chunks: AsyncIterator[bytes]


class DocumentClient:
    """Reads, adds and removes documents under a person's rights; the service decides what those are.

    Every method raises `Unavailable` ``document_unavailable`` when the service does not answer or cannot work
    now, `DeadlineExceeded` when it takes too long, and `UpstreamFailed` ``document_failed`` when it answers
    something unexpected. What it refuses is raised with its own code and words.

    Args:
        http: With the document service's base URL; the caller closes it.
        signer: Signs for whom each call is made.
    """

    def __init__(self, http: httpx.AsyncClient, signer: TokenSigner) -> None:
        self._http = http
        self._signer = signer

    async def list(self, identity: Identity, narrowed: Mapping[str, Any]) -> DocumentsOut:
        """Return one page of the documents a person may read; `narrowed` is the service's query."""
        return await self._call(identity, "GET", "/documents", DocumentsOut, params=narrowed)

    async def read(self, identity: Identity, document_id: str) -> Document:
        """Return a document with its passages.

        Raises:
            NotFound: ``document_not_found``: there is none, or the person may not read it.
        """
        return await self._call(identity, "GET", _path(document_id), Document)

    async def open_file(self, identity: Identity, document_id: str) -> OriginalFile:
        """Return a document's original file; raises as `read` does."""
        response = await self._send(identity, "GET", f"{_path(document_id)}/file")
        name = file_name_in(response.headers.get("Content-Disposition", "")) or document_id
        content_type = response.headers.get("Content-Type", "application/octet-stream")
        return OriginalFile(name, content_type, chunks_of(response))

    async def remove(self, identity: Identity, document_id: str) -> None:
        """Remove a document from every index; raises as `read` does."""
        response = await self._send(identity, "DELETE", _path(document_id))
        await response.aclose()

    async def index(self, identity: Identity, upload: Upload) -> JobAccepted:
        """Send files to be indexed, without holding them in memory, and return the job.

        Raises:
            Forbidden: ``documents_read_only``: the person may not add documents.
            InvalidInput: ``files_missing``, ``groups_invalid``, ``paths_invalid``.
        """
        headers = {"Content-Type": upload.content_type}
        if upload.length is not None:
            headers["Content-Length"] = str(upload.length)
        return await self._call(
            identity,
            "POST",
            "/index",
            JobAccepted,
            content=upload.chunks,
            headers=headers,
            timeout=UPLOAD_TIMEOUT,
        )

    async def jobs(self, identity: Identity, *, limit: int, offset: int) -> IndexJobsOut:
        """Return one page of a person's index jobs, the newest first."""
        page = {"limit": limit, "offset": offset}
        return await self._call(identity, "GET", "/index", IndexJobsOut, params=page)

    async def job(self, identity: Identity, job_id: UUID) -> IndexJobOut:
        """Return how far a job is.

        Raises:
            NotFound: ``job_not_found``: there is none, or it is somebody else's.
        """
        return await self._call(identity, "GET", f"/index/{job_id}", IndexJobOut)

    async def cancel(self, identity: Identity, job_id: UUID) -> IndexJobOut:
        """End a job after the passages at hand; raises as `job` does."""
        return await self._call(identity, "POST", f"/index/{job_id}/cancel", IndexJobOut)

    async def _call(
        self, identity: Identity, method: str, path: str, answer: type[ModelT], **request: Any
    ) -> ModelT:
        response = await self._send(identity, method, path, **request)
        try:
            return answer.model_validate_json(await response.aread())
        except httpx.TransportError as error:
            raise _not_reached(path, error) from error
        except ValidationError as error:
            logger.warning("the document service answered something unexpected", path=path, error=str(error))
            raise _failed() from error
        finally:
            await response.aclose()

    async def _send(
        self,
        identity: Identity,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """Return the answer to a request that was granted, its body still to be read."""
        signed = {**(headers or {}), "Authorization": f"Bearer {self._signer.sign(identity)}"}
        built = self._http.build_request(method, path, headers=signed, **request)
        try:
            response = await self._http.send(built, stream=True)
            if response.is_success:
                return response
            body = await response.aread()
            await response.aclose()
        except httpx.TransportError as error:
            raise _not_reached(path, error) from error
        raise _refusal(path, response.status_code, body)


def _path(document_id: str) -> str:
    return f"/documents/{quote(document_id, safe='')}"


def _refusal(path: str, status: int, body: bytes) -> NaruTalkError:
    """Return what the service refused as the person is told of it."""
    try:
        told = _Refused.model_validate_json(body).error
    except ValidationError:
        told = _Told()
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(told.code.removesuffix("_not_found").replace("_", " ") or "document")
    if status in _REFUSALS and told.code:
        return _REFUSALS[status](told.message, code=told.code)
    logger.warning("the document service refused", path=path, status=status, code=told.code)
    return _unavailable() if status in _BUSY else _failed()


class _Told(BaseModel):
    code: str = ""
    message: str = ""


class _Refused(BaseModel):
    error: _Told


def _not_reached(path: str, error: httpx.TransportError) -> NaruTalkError:
    logger.warning("the document service was not reached", path=path, reason=repr(error))
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return DeadlineExceeded("The document service took too long.")
    return _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("The documents cannot be reached at the moment.", code="document_unavailable")


def _failed() -> UpstreamFailed:
    return UpstreamFailed("The document service could not do this.", code="document_failed")


def file_name_in(content_disposition: str) -> str | None:
    """Return the name that a ``Content-Disposition`` gives a file; None without one."""
    header = HeaderParser()
    header["Content-Disposition"] = content_disposition
    return header.get_filename()


async def chunks_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield an answer's body as it comes, and close the answer behind it."""
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()
