"""The catalogue of documents: what is indexed, who may read it, and the passages that searches return."""

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
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
        page: From 1; None where the format has no pages.
        section: The headings above the passage, joined with " › ".
    """

    __tablename__ = "passages"
    __table_args__ = (Index("ix_passages_document_position", "document_id", "position", unique=True),)

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    page: Mapped[int | None]
    section: Mapped[str | None] = mapped_column(String(500))

    document: Mapped[Document] = relationship(back_populates="passages")


class Catalogue(DocumentBase):
    """The one row that says how often what searches look at has changed, for whoever keeps a copy of it."""

    __tablename__ = "catalogue"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)


class IndexJob(DocumentBase):
    """A request to index documents.

    Attributes:
        items: What is needed to go on after a restart.
        worker: The process that works on it (`narutalk.process`), or did before it ended.
    """

    __tablename__ = "index_jobs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(64), index=True)
    status: Mapped[JobStatus] = mapped_column(String(12), index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    errors: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    worker: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime.datetime]


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
