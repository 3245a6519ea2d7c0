"""The catalogue of documents: what is indexed, who may read it, and the passages that searches return."""

import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

EVERYONE = "everyone"


class DocumentBase(DeclarativeBase):
    """The metadata of the document catalogue."""


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemStatus(StrEnum):
    """What became of one file of a job.

    `replaced`: it was indexed, and an older version of it is gone, or other groups read it now. `unchanged`:
    its content was there.
    """

    QUEUED = "queued"
    INDEXED = "indexed"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Document(DocumentBase):
    """One indexed document.

    Attributes:
        id: The first 32 hex digits of the SHA-256 of its content: the same content is one document.
        access: The groups that may read it, sorted and joined with ``|``; a key that searches filter by.
        keywords: Other names of what it is about, such as a product's in the other language; searched too.
        stored_path: The original file, relative to the data dir; empty for text given in a request.
    """

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[str] = mapped_column(String(300), index=True)
    source: Mapped[str] = mapped_column(String(300))
    format: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(2))
    category: Mapped[str] = mapped_column(String(40), default="")
    date: Mapped[datetime.date | None]
    access: Mapped[str] = mapped_column(String(300), index=True)
    owner_id: Mapped[str] = mapped_column(String(64))
    keywords: Mapped[str] = mapped_column(String(300), default="")
    stored_path: Mapped[str] = mapped_column(String(500), default="")
    indexed_at: Mapped[datetime.datetime]

    passages: Mapped[list["Passage"]] = relationship(
        back_populates="document", cascade="all, delete-orphan", order_by="Passage.position"
    )

    @property
    def groups(self) -> list[str]:
        """The groups that may read the document."""
        return self.access.split("|")


class Passage(DocumentBase):
    """A piece of a document, at most `chunking.MAX_PASSAGE_CHARS` long.

    Attributes:
        position: From 0, in reading order.
        page: Of a PDF, or the slide, from 1; None where the format has neither.
        section: The headings above the passage, joined with " › ".
        cells: Where it stands in a spreadsheet, such as ``Prices!A1:C9``.
        language: The document's, unless the passage is clearly in the other one.
        start_offset: Of its first character in the document's text (`chunking.document_text`).
        end_offset: Behind its last one.
    """

    __tablename__ = "passages"
    __table_args__ = (Index("ix_passages_document_position", "document_id", "position", unique=True),)

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    page: Mapped[int | None]
    section: Mapped[str | None] = mapped_column(String(1000))
    cells: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2), default="")
    start_offset: Mapped[int] = mapped_column(default=0)
    end_offset: Mapped[int] = mapped_column(default=0)

    document: Mapped[Document] = relationship(back_populates="passages")


class Catalogue(DocumentBase):
    """The one row that says how often what searches look at has changed, for whoever keeps a copy of it."""

    __tablename__ = "catalogue"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)


class DocumentSource(DocumentBase):
    """Where a document came from: its owner's path. What is sent from the same path next replaces it."""

    __tablename__ = "document_sources"

    owner_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)


class DocumentWrite(DocumentBase):
    """A document that a process is adding or removing, or was when it died.

    The catalogue is the truth; as long as such a row is there, the vectors may hold more than the catalogue.

    Attributes:
        token: Of this claim; a claim that was taken over has another.
        passages: How many passages may have vectors, numbered from 0.
        language: The document's, with `access` the place of its vectors.
        access: The document's.
        expires_at: From when on others may take it over.
    """

    __tablename__ = "document_writes"

    document_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token: Mapped[str] = mapped_column(String(36))
    worker: Mapped[str] = mapped_column(String(200))
    passages: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(2), default="")
    access: Mapped[str] = mapped_column(String(300), default="")
    expires_at: Mapped[datetime.datetime]


class IndexJob(DocumentBase):
    """A request to index documents.

    Attributes:
        done: How many of its files have ended, in whichever way.
        worker: The process that works on it (`narutalk.process`), or did before it ended.
        leased_until: From when on another process may take it over.
        cancel_requested: Its worker is to end it at the next opportunity.
    """

    __tablename__ = "index_jobs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(64), index=True)
    status: Mapped[JobStatus] = mapped_column(String(12), index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    worker: Mapped[str] = mapped_column(String(200), default="")
    leased_until: Mapped[datetime.datetime]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime.datetime]
    finished_at: Mapped[datetime.datetime | None]

    items: Mapped[list["IndexItem"]] = relationship(
        cascade="all, delete-orphan", order_by="IndexItem.position"
    )


class IndexItem(DocumentBase):
    """One file of a job.

    Attributes:
        position: In the job, from 0.
        file_name: Without folders.
        path: What its owner calls it, folders included: the next file from there replaces it.
        stored_path: Where its bytes lie, relative to the data dir.
        code: Why it failed; empty otherwise.
        attempts: How often a process has begun with it: one that brings processes down is given up.
    """

    __tablename__ = "index_items"

    job_id: Mapped[str] = mapped_column(ForeignKey("index_jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(300))
    path: Mapped[str] = mapped_column(String(500))
    stored_path: Mapped[str] = mapped_column(String(500), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    category: Mapped[str] = mapped_column(String(40), default="")
    access: Mapped[str] = mapped_column(String(300), default=EVERYONE)
    status: Mapped[ItemStatus] = mapped_column(String(12), default=ItemStatus.QUEUED)
    code: Mapped[str] = mapped_column(String(60), default="")
    message: Mapped[str] = mapped_column(String(500), default="")
    document_id: Mapped[str] = mapped_column(String(32), default="")
    attempts: Mapped[int] = mapped_column(default=0)


class Removal(DocumentBase):
    """A document that was removed by asking an agent for it.

    Attributes:
        key: Of the approved call (`narutalk.idempotency`): what is called again is not done again.
        reason: The question.
        removed_at: In UTC.
    """

    __tablename__ = "removals"

    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    document_id: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[str] = mapped_column(String(64))
    approved_by_id: Mapped[str] = mapped_column(String(64))
    removed_at: Mapped[datetime.datetime]
