"""The client of the document service: a document as text, and its original file."""

from collections.abc import AsyncIterator
from email.message import Message as HeaderParser
from typing import NamedTuple
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from narutalk.errors import NotFound, Unavailable, UpstreamFailed
from narutalk.identity import Identity, TokenSigner


class Passage(BaseModel):
    """A part of a document, in the words that answers quote.

    Attributes:
        index: Its place in the document, from 0.
        page: From 1; None where the format has no pages.
        section: The heading it stands under.
    """

    index: int
    text: str
    page: int | None = None
    section: str | None = None


class Document(BaseModel):
    document_id: str
    title: str
    source: str
    language: str | None = None
    category: str | None = None
    date: str | None = None
    format: str | None = None
    passages: list[Passage]


class OriginalFile(NamedTuple):
    """A document's file on its way through; `chunks` must be read to its end, or closed."""

    name: str
    content_type: str
    chunks: AsyncIterator[bytes]


class DocumentClient:
    """Reads documents under a person's rights.

    Args:
        http: With the document service's base URL; the caller closes it.
        signer: Signs for whom each call is made.
    """

    def __init__(self, http: httpx.AsyncClient, signer: TokenSigner) -> None:
        self._http = http
        self._signer = signer

    async def read(self, identity: Identity, document_id: str) -> Document:
        """Return a document with its passages.

        Raises:
            NotFound: There is none, or the person may not read it.
            Unavailable: The document service cannot be reached.
            UpstreamFailed: It answered something else.
        """
        response = await self._get(identity, document_id)
        try:
            await response.aread()
            return Document.model_validate_json(response.content)
        except ValidationError as error:
            raise UpstreamFailed("The document service answered something unexpected.") from error
        finally:
            await response.aclose()

    async def open_file(self, identity: Identity, document_id: str) -> OriginalFile:
        """Return a document's original file; raises as `read` does."""
        response = await self._get(identity, document_id, "/file")
        name = _file_name(response.headers.get("Content-Disposition", "")) or document_id
        content_type = response.headers.get("Content-Type", "application/octet-stream")
        return OriginalFile(name, content_type, _chunks(response))

    async def _get(self, identity: Identity, document_id: str, suffix: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._signer.sign(identity)}"}
        request = self._http.build_request(
            "GET", f"/documents/{quote(document_id, safe='')}{suffix}", headers=headers
        )
        try:
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise Unavailable(
                "Documents cannot be shown at the moment.", code="document_unavailable"
            ) from error
        if response.is_success:
            return response
        await response.aclose()
        if response.status_code in (
            httpx.codes.NOT_FOUND,
            httpx.codes.FORBIDDEN,
            httpx.codes.UNPROCESSABLE_ENTITY,
        ):
            raise NotFound("document")
        raise UpstreamFailed("The document service could not show the document.")


def _file_name(content_disposition: str) -> str | None:
    header = HeaderParser()
    header["Content-Disposition"] = content_disposition
    return header.get_filename()


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    finally:
        await response.aclose()
