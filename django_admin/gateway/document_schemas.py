"""What the document service tells of documents and index jobs, and the API tells on."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
FileStatus = Literal["queued", "indexed", "replaced", "unchanged", "failed", "cancelled"]


class Passage(BaseModel):
    """A part of a document, in the words that answers quote.

    Attributes:
        index: Its place in the document, from 0.
        page: Of a PDF, or the slide, from 1; None where the format has neither.
        section: The headings it stands under.
        cells: Where it stands in a spreadsheet.
    """

    index: int
    text: str
    page: int | None = None
    section: str | None = None
    cells: str | None = None


class Document(BaseModel):
    """A document with its text."""

    document_id: str
    title: str
    source: str
    language: str | None = None
    category: str | None = None
    date: str | None = None
    format: str | None = None
    passages: list[Passage]


class DocumentOut(BaseModel):
    """A document in a list.

    Attributes:
        source: The file's name.
        format: The file's ending, without its dot.
        date: The document's own, where it is known.
        groups: Who may read it; `everyone` stands for all.
        may_remove: Whether you may remove it.
    """

    document_id: str
    title: str
    source: str
    format: str
    language: str
    category: str
    date: date | None
    groups: list[str]
    indexed_at: datetime
    may_remove: bool


class DocumentsOut(BaseModel):
    """One page of the documents you may read, by title; `may_index`: whether you may add any."""

    documents: list[DocumentOut]
    total: int
    offset: int
    limit: int
    may_index: bool


class JobAccepted(BaseModel):
    """The job that indexes what was sent."""

    job_id: UUID


class IndexedFile(BaseModel):
    """What became of a file.

    `replaced`: it was indexed, and the older version is gone. `unchanged`: its content was there.
    A `code` and a `message` say why one failed.
    """

    file: str
    path: str
    status: FileStatus
    code: str
    message: str
    document_id: str | None


class IndexJobOut(BaseModel):
    """How far a job is; `done` counts the files that have ended in whichever way."""

    job_id: UUID
    status: JobStatus
    done: int
    total: int
    cancel_requested: bool
    created_at: datetime
    finished_at: datetime | None
    files: list[IndexedFile]


class IndexJobsOut(BaseModel):
    """One page of your index jobs, the newest first."""

    jobs: list[IndexJobOut]
    total: int
    offset: int
    limit: int
