"""The catalogue's SQL: documents, passages and jobs."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePath

from sqlalchemy import ColumnElement, Engine, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, selectinload, sessionmaker

from narutalk.db import build_engine, database_url, migrate
from narutalk.errors import Conflict, NotFound
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.settings import Settings
from tools.documents.models import Catalogue, Document, DocumentSource, Passage, Removal
from tools.documents.permissions import may_read
from tools.documents.shards import Entry, ShardKey

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

    def remove(self, document_id: str, removal: Removal | None = None) -> bool:
        """Remove a document with its passages, and note the removal with it.

        Returns:
            Whether it was there; nothing is noted when somebody else was faster.

        Raises:
            IntegrityError: A removal with this key is noted already; nothing is removed then.
        """
        with self._sessions.begin() as session:
            connection = session.connection()
            connection.execute(delete(Passage).where(Passage.document_id == document_id))
            gone = connection.execute(delete(Document).where(Document.id == document_id))
            if gone.rowcount and removal is not None:
                session.add(removal)
            return bool(gone.rowcount)

    def removal(self, key: str) -> Removal | None:
        """Return the removal with a key; None when there was none."""
        with self._sessions() as session:
            return session.get(Removal, key)

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Return passages with their documents, by id; unknown ids are left out."""
        with self._sessions() as session:
            found = session.scalars(
                select(Passage).where(Passage.id.in_(passage_ids)).options(selectinload(Passage.document))
            )
            return {passage.id: passage for passage in found}

    def entries(self) -> dict[str, Entry]:
        """Return what an index needs to know of every document, by id."""
        columns = (Document.id, Document.language, Document.access, Document.category, Document.format)
        query = select(*columns, Document.date, Document.indexed_at)
        with self._sessions() as session:
            return {
                row.id: Entry(
                    row.id,
                    ShardKey(Language(row.language), row.access),
                    row.category,
                    row.format,
                    row.date,
                    row.indexed_at,
                )
                for row in session.execute(query)
            }

    def passage_ids(self, shard: ShardKey) -> set[str]:
        """Return the ids of a shard's passages."""
        query = (
            select(Passage.id)
            .join(Document)
            .where(Document.language == shard.language.value, Document.access == shard.access)
        )
        with self._sessions() as session:
            return set(session.scalars(query))

    def passages_of(self, document_ids: Sequence[str]) -> list[Passage]:
        """Return the passages of some documents, with these, in reading order."""
        query = (
            select(Passage)
            .where(Passage.document_id.in_(document_ids))
            .options(selectinload(Passage.document))
            .order_by(Passage.document_id, Passage.position)
        )
        with self._sessions() as session:
            return list(session.scalars(query))

    def set_access(self, document_id: str, access: str) -> None:
        """Change who may read a document, and say so to all processes in the same transaction."""
        with self._sessions.begin() as session:
            session.execute(update(Document).where(Document.id == document_id).values(access=access))
            session.execute(update(Catalogue).values(revision=Catalogue.revision + 1))

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
