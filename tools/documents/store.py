"""The catalogue's SQL: documents, passages and jobs."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload, sessionmaker

from narutalk.db import build_engine, database_url, migrate
from narutalk.errors import NotFound
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.process import is_dead, this_process
from narutalk.settings import Settings
from tools.documents.models import Catalogue, Document, IndexJob, JobStatus, Passage
from tools.documents.permissions import may_read
from tools.documents.shards import Entry, ShardKey

SCHEMA = "documents"
MIGRATIONS = Path(__file__).parent / "migrations"


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
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[Document], int]:
        """Return one page of the documents the person may read, by title, and how many there are in all."""
        query = select(Document)
        keys = self.readable_access_keys(identity)
        if keys is not None:
            query = query.where(Document.access.in_(keys))
        if search:
            query = query.where(Document.title.icontains(search, autoescape=True))
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

    def add(self, document: Document) -> None:
        """Store a document with its passages; nothing happens when another instance was faster."""
        try:
            with self._sessions.begin() as session:
                session.add(document)
        except IntegrityError:
            if not self.exists(document.id):
                raise

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

    # Jobs

    def create_job(self, identity: Identity, items: Sequence[dict[str, Any]]) -> IndexJob:
        """Store a queued job, for this process to work on."""
        job = IndexJob(
            id=str(uuid4()),
            owner_id=identity.user_id,
            status=JobStatus.QUEUED,
            total=len(items),
            done=0,
            errors=[],
            items=list(items),
            worker=this_process(),
            created_at=datetime.datetime.now(datetime.UTC).replace(tzinfo=None),
        )
        with self._sessions.begin() as session:
            session.add(job)
        return job

    def access_job(self, identity: Identity, job_id: str) -> IndexJob:
        """Return a job.

        Raises:
            NotFound: It does not exist, or is someone else's.
        """
        with self._sessions() as session:
            job = session.get(IndexJob, job_id)
        if job is None or job.owner_id != identity.user_id:
            raise NotFound("job")
        return job

    def job(self, job_id: str) -> IndexJob | None:
        """Return a job for the worker."""
        with self._sessions() as session:
            return session.get(IndexJob, job_id)

    def claim_abandoned_jobs(self) -> list[str]:
        """Take over the unfinished jobs of dead processes, and return their ids, oldest first.

        Of several instances that try, one gets each job.
        """
        waiting = (JobStatus.QUEUED, JobStatus.RUNNING)
        query = (
            select(IndexJob.id, IndexJob.worker)
            .where(IndexJob.status.in_(waiting))
            .order_by(IndexJob.created_at)
        )
        with self._sessions() as session:
            left = session.execute(query).all()
        return [job_id for job_id, worker in left if self._claim(job_id, worker)]

    def _claim(self, job_id: str, worker: str) -> bool:
        if worker and not is_dead(worker):
            return False
        claim = (
            update(IndexJob)
            .where(IndexJob.id == job_id, IndexJob.worker == worker)
            .values(worker=this_process())
        )
        with self._sessions.begin() as session:
            return session.connection().execute(claim).rowcount == 1

    def update_job(
        self,
        job_id: str,
        *,
        status: JobStatus | None = None,
        done: int | None = None,
        errors: Iterable[dict[str, Any]] | None = None,
    ) -> None:
        """Store a job's progress."""
        with self._sessions.begin() as session:
            job = _require(session, job_id)
            if status is not None:
                job.status = status
            if done is not None:
                job.done = done
            if errors is not None:
                job.errors = list(errors)


def _require(session: Session, job_id: str) -> IndexJob:
    job = session.get(IndexJob, job_id)
    if job is None:
        raise NotFound("job")
    return job
