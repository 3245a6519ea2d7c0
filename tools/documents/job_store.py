"""The SQL of index jobs: who works on which, how far it is, what became of each file."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, func, select, update
from sqlalchemy.orm import Session, selectinload, sessionmaker

from narutalk.errors import NotFound
from narutalk.identity import Identity
from narutalk.process import is_dead, this_process
from tools.documents.claims import utc_now
from tools.documents.models import EVERYONE, IndexItem, IndexJob, ItemStatus, JobStatus

LEASE_SECONDS = 60
WAITING = (JobStatus.QUEUED, JobStatus.RUNNING)


class JobLost(Exception):
    """Another process took the job over."""


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """A file to index; one that was refused when it came in has a `code` and a `message`."""

    file_name: str
    path: str = ""
    stored_path: str = ""
    title: str = ""
    category: str = ""
    access: str = EVERYONE
    code: str = ""
    message: str = ""


class JobStore:
    """Reads and writes index jobs. Thread-safe; every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    def create(self, identity: Identity, items: Sequence[NewItem]) -> IndexJob:
        """Store a queued job, for this process to work on."""
        rows = [
            IndexItem(
                position=position,
                file_name=item.file_name[:300],
                path=item.path[:500],
                stored_path=item.stored_path,
                title=item.title[:300],
                category=item.category[:40],
                access=item.access,
                status=ItemStatus.FAILED if item.code else ItemStatus.QUEUED,
                code=item.code,
                message=item.message[:500],
                document_id="",
            )
            for position, item in enumerate(items)
        ]
        job = IndexJob(
            id=str(uuid4()),
            owner_id=identity.user_id,
            status=JobStatus.QUEUED,
            total=len(rows),
            done=sum(row.status == ItemStatus.FAILED for row in rows),
            worker=this_process(),
            leased_until=_lease_end(),
            created_at=utc_now(),
            items=rows,
        )
        with self._sessions.begin() as session:
            session.add(job)
        return job

    def access(self, identity: Identity, job_id: str) -> IndexJob:
        """Return a job with its files.

        Raises:
            NotFound: It does not exist, or is someone else's.
        """
        with self._sessions() as session:
            job = session.get(IndexJob, job_id, options=[selectinload(IndexJob.items)])
        if job is None or job.owner_id != identity.user_id:
            raise NotFound("job")
        return job

    def list(self, identity: Identity, *, offset: int, limit: int) -> tuple[Sequence[IndexJob], int]:
        """Return one page of a person's jobs, the newest first, and how many there are in all."""
        query = select(IndexJob).where(IndexJob.owner_id == identity.user_id)
        with self._sessions() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            newest_first = query.order_by(IndexJob.created_at.desc(), IndexJob.id)
            found = session.scalars(
                newest_first.options(selectinload(IndexJob.items)).offset(offset).limit(limit)
            )
            return found.all(), total

    def cancel(self, identity: Identity, job_id: str) -> IndexJob:
        """Ask for a job's end, and return it; one that nobody works on ends at once, one that ended stays.

        Raises:
            NotFound: It does not exist, or is someone else's.
        """
        self.access(identity, job_id)
        with self._sessions.begin() as session:
            session.execute(
                update(IndexJob)
                .where(IndexJob.id == job_id, IndexJob.status.in_(WAITING))
                .values(cancel_requested=True)
            )
            _end(session, job_id, JobStatus.CANCELLED, only_when=IndexJob.status == JobStatus.QUEUED)
        return self.access(identity, job_id)

    # What workers call

    def begin(self, job_id: str) -> IndexJob | None:
        """Mark a job as running; None when it is not this process's, or has ended."""
        statement = update(IndexJob).where(*_mine(job_id)).values(status=JobStatus.RUNNING)
        with self._sessions.begin() as session:
            is_mine = session.connection().execute(statement).rowcount == 1
            return session.get(IndexJob, job_id) if is_mine else None

    def unfinished(self) -> Sequence[str]:
        """Return the ids of this process's jobs that have not ended, oldest first."""
        query = select(IndexJob.id).where(IndexJob.worker == this_process(), IndexJob.status.in_(WAITING))
        with self._sessions() as session:
            return session.scalars(query.order_by(IndexJob.created_at)).all()

    def next_item(self, job_id: str) -> IndexItem | None:
        """Return the first file that is still to be done, and count the attempt."""
        query = (
            select(IndexItem)
            .where(IndexItem.job_id == job_id, IndexItem.status == ItemStatus.QUEUED)
            .order_by(IndexItem.position)
            .limit(1)
        )
        with self._sessions.begin() as session:
            item = session.scalar(query)
            if item is not None:
                item.attempts += 1
            return item

    def put_back(self, item: IndexItem) -> None:
        """Take back the attempt at a file that was interrupted on purpose."""
        statement = (
            update(IndexItem)
            .where(IndexItem.job_id == item.job_id, IndexItem.position == item.position)
            .values(attempts=IndexItem.attempts - 1)
        )
        with self._sessions.begin() as session:
            session.execute(statement)

    def is_cancelled(self, job_id: str) -> bool:
        """Whether a job is to end.

        Raises:
            JobLost: Another process works on it.
        """
        with self._sessions() as session:
            job = session.get(IndexJob, job_id)
        if job is None or job.worker != this_process() or job.status not in WAITING:
            raise JobLost
        return job.cancel_requested

    def record_failure(self, item: IndexItem, code: str, message: str) -> None:
        """Store why a file was not indexed."""
        with self._sessions.begin() as session:
            record(session, item, ItemStatus.FAILED, code=code, message=message)

    def finish(self, job_id: str) -> IndexJob | None:
        """End a job whose files have all ended, or that is to be cancelled; return it when this did it."""
        with self._sessions.begin() as session:
            job = session.get(IndexJob, job_id, options=[selectinload(IndexJob.items)])
            if job is None:
                return None
            succeeded = any(item.status not in (ItemStatus.FAILED, ItemStatus.QUEUED) for item in job.items)
            status = JobStatus.SUCCEEDED if succeeded else JobStatus.FAILED
            if any(item.status == ItemStatus.QUEUED for item in job.items):
                status = JobStatus.CANCELLED
            ended = _end(session, job_id, status, only_when=IndexJob.worker == this_process())
        return self._reread(job_id) if ended else None

    def renew(self) -> None:
        """Keep the leases on all jobs of this process."""
        statement = (
            update(IndexJob)
            .where(IndexJob.worker == this_process(), IndexJob.status.in_(WAITING))
            .values(leased_until=_lease_end())
        )
        with self._sessions.begin() as session:
            session.execute(statement)

    def claim_abandoned(self) -> Sequence[str]:
        """Take over the unfinished jobs of processes that are gone, and return their ids, oldest first.

        Of several instances that try, one gets each job.
        """
        query = (
            select(IndexJob)
            .where(IndexJob.status.in_(WAITING), IndexJob.worker != this_process())
            .order_by(IndexJob.created_at)
        )
        with self._sessions() as session:
            left = session.scalars(query).all()
        return [job.id for job in left if self._claim(job)]

    def needs(self, stored_path: str) -> bool:
        """Whether a file is still to be indexed."""
        query = select(IndexItem.job_id).where(
            IndexItem.stored_path == stored_path, IndexItem.status == ItemStatus.QUEUED
        )
        with self._sessions() as session:
            return session.scalar(query.limit(1)) is not None

    def _claim(self, job: IndexJob) -> bool:
        if job.leased_until > utc_now() and job.worker and not is_dead(job.worker):
            return False
        statement = (
            update(IndexJob)
            .where(
                IndexJob.id == job.id,
                IndexJob.worker == job.worker,
                IndexJob.leased_until == job.leased_until,
                IndexJob.status.in_(WAITING),
            )
            .values(worker=this_process(), leased_until=_lease_end())
        )
        with self._sessions.begin() as session:
            return session.connection().execute(statement).rowcount == 1

    def _reread(self, job_id: str) -> IndexJob | None:
        with self._sessions() as session:
            return session.get(IndexJob, job_id, options=[selectinload(IndexJob.items)])


def record(
    session: Session,
    item: IndexItem,
    status: ItemStatus,
    *,
    code: str = "",
    message: str = "",
    document_id: str = "",
) -> None:
    """Store what became of a file, in the caller's transaction; once.

    Raises:
        JobLost: Another process works on its job.
    """
    result = {"status": status, "code": code, "message": message[:500], "document_id": document_id}
    ended = (
        update(IndexItem)
        .where(
            IndexItem.job_id == item.job_id,
            IndexItem.position == item.position,
            IndexItem.status == ItemStatus.QUEUED,
        )
        .values(**result)
    )
    counted = update(IndexJob).where(*_mine(item.job_id)).values(done=IndexJob.done + 1)
    connection = session.connection()
    if connection.execute(counted).rowcount != 1 or connection.execute(ended).rowcount != 1:
        raise JobLost


def _end(session: Session, job_id: str, status: JobStatus, *, only_when: ColumnElement[bool]) -> bool:
    ended = (
        update(IndexJob)
        .where(IndexJob.id == job_id, IndexJob.status.in_(WAITING), only_when)
        .values(status=status, finished_at=utc_now())
    )
    if session.connection().execute(ended).rowcount != 1:
        return False
    session.execute(
        update(IndexItem)
        .where(IndexItem.job_id == job_id, IndexItem.status == ItemStatus.QUEUED)
        .values(status=ItemStatus.CANCELLED)
    )
    return True


def _mine(job_id: str) -> tuple[ColumnElement[bool], ...]:
    return IndexJob.id == job_id, IndexJob.worker == this_process(), IndexJob.status.in_(WAITING)


def _lease_end() -> datetime.datetime:
    return utc_now() + datetime.timedelta(seconds=LEASE_SECONDS)
