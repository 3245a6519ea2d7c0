"""The catalogue's SQL: documents, passages and jobs."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePath

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select, update
from sqlalchemy.orm import Session, selectinload, sessionmaker

from narutalk.db import build_engine, database_url, migrate
from narutalk.errors import Conflict, NotFound
from narutalk.identity import Identity
from narutalk.settings import Settings
from tools.documents.models import Catalogue, Document, DocumentSource, Passage
from tools.documents.permissions import may_read

SCHEMA = "documents"
MIGRATIONS = Path(__file__).parent / "migrations"
UNNAMED = "content:"
"""Begins the path of what was sent without one, in front of its id: nothing replaces it."""


def build_documents_engine(settings: Settings) -> Engine:
    """Return the engine of the catalogue: `documents.db`, or a schema in `NARUTALK_DATABASE_URL`."""
    url = database_url(settings.database_url.get_secret_value(), settings.data_dir, "documents")
    return build_engine(url, schema=SCHEMA)


def migrate_documents(settings: Settings) -> None:
    """Bring the catalogue to its newest revision."""
    engine = build_documents_engine(settings)
    migrate(engine, MIGRATIONS, schema=SCHEMA)
    engine.dispose()


class DocumentStore:
    """Reads and writes the catalogue. Thread-safe; every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    def access_document(self, identity: Identity, document_id: str) -> Document:
        """Return a document with its passages.

        Raises:
            NotFound: It does not exist, or the person may not read it.
        """
        with self._sessions() as session:
            document = session.get(Document, document_id, options=[selectinload(Document.passages)])
        if document is None or not may_read(identity, document.access):
            raise NotFound("document")
        return document

    def readable_access_keys(self, identity: Identity) -> list[str] | None:
        """Return the access keys the person may read, or None when that is all there are."""
        with self._sessions() as session:
            keys = list(session.scalars(select(Document.access).distinct()))
        readable = [key for key in keys if may_read(identity, key)]
        return None if len(readable) == len(keys) else readable

    def list_documents(
        self,
        identity: Identity,
        *,
        search: str = "",
        language: str | None = None,
        category: str | None = None,
        formats: Collection[str] = (),
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[Document], int]:
        """Return one page of the documents the person may read, by title, and how many there are in all.

        Args:
            identity: Who asks.
            search: Words that the title or the file's name contains.
            language: Only documents in this language.
            category: Only documents of this category.
            formats: Only files with one of these endings, without their dots; empty for all.
            since: Only documents of this day or later: of their own date, else of the day they came in.
            until: Only documents of this day or earlier.
            offset: How many to pass over.
            limit: How many to return at most.
        """
        query = select(Document).where(*_dated(since, until))
        keys = self.readable_access_keys(identity)
        if keys is not None:
            query = query.where(Document.access.in_(keys))
        if search:
            named = (
                column.icontains(search, autoescape=True) for column in (Document.title, Document.source)
            )
            query = query.where(or_(*named))
        if formats:
            query = query.where(Document.format.in_(formats))
        if language:
            query = query.where(Document.language == language)
        if category:
            query = query.where(Document.category == category)
        with self._sessions() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            page = session.scalars(query.order_by(Document.title, Document.id).offset(offset).limit(limit))
            return list(page), total

    def exists(self, document_id: str) -> bool:
        """Whether a document with this content is indexed."""
        with self._sessions() as session:
            return session.get(Document, document_id) is not None

    def count(self) -> int:
        """Return how many documents are indexed."""
        with self._sessions() as session:
            return session.scalar(select(func.count()).select_from(Document)) or 0

    def with_passages(self, document_id: str) -> Document | None:
        """Return a document with its passages, for whoever may write it."""
        with self._sessions() as session:
            return session.get(Document, document_id, options=[selectinload(Document.passages)])

    def has_original(self, stored_path: str) -> bool:
        """Whether a document was made of the file at this path."""
        with self._sessions() as session:
            return session.scalar(select(Document.id).where(Document.stored_path == stored_path)) is not None

    def document_at(self, owner_id: str, path: str) -> str | None:
        """Return the id of the document that its owner last sent from a path."""
        with self._sessions() as session:
            source = session.get(DocumentSource, (owner_id, path))
            return source.document_id if source else None

    def transaction(self) -> AbstractContextManager[Session]:
        """Return a transaction for what must become known together."""
        return self._sessions.begin()

    def move_source(
        self, session: Session, owner_id: str, path: str, document_id: str, expected: str | None
    ) -> bool:
        """Say that a path holds a document now; remove the one it held when no other path holds that.

        Args:
            session: From `transaction`.
            owner_id: Whose path it is.
            path: As its owner calls the file.
            document_id: What it holds now.
            expected: What it held before, as far as the caller knows.

        Returns:
            Whether the document it held was removed.

        Raises:
            Conflict: ``document_busy``: it holds another one meanwhile.
        """
        source = session.get(DocumentSource, (owner_id, path))
        if source is None:
            session.add(DocumentSource(owner_id=owner_id, path=path, document_id=document_id))
            return False
        previous = source.document_id
        if previous == document_id:
            return False
        if previous != expected:
            raise Conflict("The document is being changed at this moment; try again.", code="document_busy")
        source.document_id = document_id
        session.flush()
        before = session.get_one(Document, previous)
        elsewhere = session.scalar(
            select(DocumentSource.path)
            .where(DocumentSource.document_id == previous)
            .order_by(DocumentSource.path)
        )
        if elsewhere is None:
            session.delete(before)
        elif not elsewhere.startswith(UNNAMED):
            before.source = PurePath(elsewhere).name
        return elsewhere is None

    def remove(self, document_id: str) -> None:
        """Remove a document with its passages."""
        with self._sessions.begin() as session:
            document = session.get(Document, document_id)
            if document is not None:
                session.delete(document)

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Return passages with their documents, by id; unknown ids are left out."""
        with self._sessions() as session:
            found = session.scalars(
                select(Passage).where(Passage.id.in_(passage_ids)).options(selectinload(Passage.document))
            )
            return {passage.id: passage for passage in found}

    def all_passages(self) -> list[Passage]:
        """Return every passage with its document, in a stable order."""
        with self._sessions() as session:
            return list(
                session.scalars(select(Passage).options(selectinload(Passage.document)).order_by(Passage.id))
            )

    def revision(self) -> int:
        """Return how often `publish` was called, by any process."""
        with self._sessions() as session:
            return session.scalar(select(Catalogue.revision)) or 0

    def publish(self) -> None:
        """Say to all processes that what searches look at has changed."""
        with self._sessions.begin() as session:
            session.execute(update(Catalogue).values(revision=Catalogue.revision + 1))


def _dated(since: datetime.date | None, until: datetime.date | None) -> Iterator[ColumnElement[bool]]:
    undated, midnight = Document.date.is_(None), datetime.time()  # in UTC, without a zone, as it is stored
    if since:
        came_in = Document.indexed_at >= datetime.datetime.combine(since, midnight)
        yield or_(Document.date >= since, and_(undated, came_in))
    if until:
        next_day = datetime.datetime.combine(until, midnight) + datetime.timedelta(days=1)
        yield or_(Document.date <= until, and_(undated, Document.indexed_at < next_day))
