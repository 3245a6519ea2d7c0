"""The bodies of the document service's routes."""

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tools.documents.library import MAX_TOP_K
from tools.documents.models import EVERYONE, ItemStatus, JobStatus
from tools.documents.results import Hit

MAX_EMBED_TEXTS = 256
MAX_EMBED_CHARS = 20_000


class SearchFilters(BaseModel):
    """Narrows a search."""

    language: Literal["en", "ko"] | None = None
    category: str | None = Field(default=None, max_length=40)
    format: str | None = Field(default=None, max_length=12, examples=["pdf"])
    since: datetime.date | None = None
    until: datetime.date | None = None
    group: str | None = Field(default=None, max_length=300)


class SearchRequest(BaseModel):
    """A question."""

    query: str = Field(min_length=1, max_length=8000, examples=["How many days of annual leave do I get?"])
    top_k: int = Field(default=5, ge=1, le=MAX_TOP_K)
    filters: SearchFilters = SearchFilters()


class SearchResponse(BaseModel):
    """The best passages that the caller may read, best first."""

    hits: list[Hit]
    took_ms: float


class EmbedRequest(BaseModel):
    """Texts to embed."""

    texts: list[Annotated[str, Field(min_length=1, max_length=MAX_EMBED_CHARS)]] = Field(
        min_length=1, max_length=MAX_EMBED_TEXTS
    )


class EmbedResponse(BaseModel):
    """Unit-length vectors, one for each text, in their order."""

    model: str
    dimensions: int
    embeddings: list[list[float]]


class NewText(BaseModel):
    """A document given as text."""

    title: str = Field(min_length=1, max_length=300)
    text: str = Field(min_length=1, max_length=2_000_000)
    metadata: dict[str, str] = Field(default={}, examples=[{"category": "policy"}])
    groups: list[str] = [EVERYONE]
    path: str = Field(
        default="",
        max_length=500,
        description="What you call it: what you send next under the same path replaces it.",
    )


class IndexRequest(BaseModel):
    """Documents given as text; files are sent as multipart/form-data instead."""

    documents: list[NewText] = Field(min_length=1, max_length=100)


class GroupsRequest(BaseModel):
    """The groups that may read a document; none means everyone."""

    groups: list[str] = Field(max_length=50, examples=[["hr", "board"]])


class IndexAccepted(BaseModel):
    """The job that indexes what was sent."""

    job_id: str


class FileError(BaseModel):
    """Why a file was not indexed."""

    file: str
    code: str
    message: str


class FileResult(BaseModel):
    """What became of a file.

    ``replaced``: it was indexed, and the older version of it is gone. ``unchanged``: its content was indexed
    already; who may read it stays as it was.
    """

    file: str
    path: str
    status: ItemStatus
    code: str
    message: str
    document_id: str | None


class IndexProgress(BaseModel):
    """How far a job is; ``done`` counts the files that have ended in whichever way."""

    job_id: str
    status: JobStatus
    done: int
    total: int
    cancel_requested: bool
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    errors: list[FileError]
    files: list[FileResult]


class IndexJobPage(BaseModel):
    """One page of the caller's jobs, the newest first."""

    jobs: list[IndexProgress]
    total: int
    offset: int
    limit: int


class DocumentInfo(BaseModel):
    """A document, without its text; ``may_remove``: whether the caller may."""

    document_id: str
    title: str
    source: str
    format: str
    language: str
    category: str
    date: datetime.date | None
    groups: list[str]
    indexed_at: datetime.datetime
    may_remove: bool


class PassageInfo(BaseModel):
    """A passage of a document.

    ``index`` counts from 0 in reading order, ``page`` (or slide) from 1; ``cells`` is where it stands in a
    spreadsheet; the offsets are in the document's text.
    """

    index: int
    text: str
    page: int | None
    section: str | None
    cells: str | None
    language: str
    start_offset: int
    end_offset: int


class DocumentDetail(DocumentInfo):
    """A document with its text."""

    passages: list[PassageInfo]


class DocumentPage(BaseModel):
    """One page of the documents the caller may read; ``may_index``: whether they may send any."""

    documents: list[DocumentInfo]
    total: int
    offset: int
    limit: int
    may_index: bool
