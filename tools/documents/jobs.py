"""Indexing in the background: one worker thread, jobs in the catalogue, so that a restart goes on."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from narutalk.errors import NaruTalkError
from narutalk.identity import Identity
from tools.documents.claims import ClaimLost
from tools.documents.job_store import JobLost, JobStore, NewItem, record
from tools.documents.library import DocumentLibrary
from tools.documents.models import IndexItem, IndexJob, ItemStatus, JobStatus
from tools.documents.originals import delete_original, sweep_originals
from tools.documents.writing import NewDocument, Outcome

logger = structlog.get_logger(__name__)

KEEP_SECONDS = 10.0
PUBLISH_SECONDS = 30.0
"""A long job's files can be found at least so soon after they were indexed."""
MAX_ATTEMPTS = 5


def nothing_to_interrupt() -> None:
    """What closing calls when files are read in this process."""


class _Interrupted(Exception):
    """The service stops, or the job was cancelled."""


class IndexJobs:
    """Runs index jobs one after the other.

    A second thread keeps the leases of this process's jobs, and takes over those of processes that are gone.

    Args:
        library: What they write to.
        store: Where they are.
        data_dir: The files of a job's items lie under it.
        keep_seconds: How often leases are renewed and abandoned jobs are looked for.
        interrupt: Called when it closes, to end a conversion that may take minutes.
    """

    def __init__(
        self,
        library: DocumentLibrary,
        store: JobStore,
        data_dir: Path,
        *,
        keep_seconds: float = KEEP_SECONDS,
        interrupt: Callable[[], None] = nothing_to_interrupt,
    ) -> None:
        self.store = store
        self._library = library
        self._data_dir = data_dir
        self._keep_seconds = keep_seconds
        self._interrupt = interrupt
        self._stopping = threading.Event()
        self._enqueuing = threading.Lock()  # guards that a job is queued once
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index-jobs")
        self._keeper = threading.Thread(target=self._keep, name="index-leases", daemon=True)
        self._futures: dict[str, Future[None]] = {}

    def start(self) -> None:
        """Go on with what dead processes left, and look for more from now on."""
        sweep_originals(self._data_dir, self._is_used)
        self.resume()
        self._keeper.start()

    def resume(self) -> None:
        """Clean up half-written documents, and queue the jobs that dead processes left unfinished."""
        if self._library.writer.recover():
            self._library.publish()
        self.store.claim_abandoned()
        for job_id in self.store.unfinished():  # also those of this process that an error interrupted
            self._enqueue(job_id)

    def submit(self, identity: Identity, items: Sequence[NewItem]) -> IndexJob:
        """Store and queue a job."""
        job = self.store.create(identity, items)
        self._enqueue(job.id)
        return job

    def cancel(self, identity: Identity, job_id: str) -> IndexJob:
        """Ask for a job's end, and return it. What is indexed stays.

        Raises:
            NotFound: It does not exist, or is someone else's.
        """
        job = self.store.cancel(identity, job_id)
        if job.status == JobStatus.CANCELLED:
            self._drop_unused(job)
        return job

    def close(self) -> None:
        """Stop after the batch at hand; the rest goes on at the next start."""
        self._stopping.set()
        self._interrupt()
        self._worker.shutdown(wait=True, cancel_futures=True)
        if self._keeper.ident is not None:
            self._keeper.join()

    def _keep(self) -> None:
        while not self._stopping.wait(self._keep_seconds):
            try:
                self.store.renew()
                self.resume()
            except SQLAlchemyError:
                logger.exception("index_leases_not_kept")

    def _enqueue(self, job_id: str) -> None:
        with self._enqueuing:
            if job_id in self._futures or self._stopping.is_set():
                return
            future = self._worker.submit(self._run, job_id)
            self._futures[job_id] = future
        future.add_done_callback(lambda _done: self._futures.pop(job_id, None))

    def _run(self, job_id: str) -> None:
        try:
            job = self.store.begin(job_id)
            if job is not None and self._work(job):
                self._library.publish()
                self._end(job_id)
        except JobLost:
            logger.warning("index_job_lost", job_id=job_id)
        except Exception:
            # The keeper queues it again.
            logger.exception("index_job_interrupted", job_id=job_id)

    def _end(self, job_id: str) -> None:
        job = self.store.finish(job_id)
        if job is None:
            return
        failed = sum(item.status == ItemStatus.FAILED for item in job.items)
        logger.info("index_job_done", job_id=job_id, status=job.status, total=job.total, failed=failed)
        self._drop_unused(job)

    def _work(self, job: IndexJob) -> bool:
        """Index a job's files; False when the service stops before the last one."""
        published = time.monotonic()
        while not self._stopping.is_set():
            if self.store.is_cancelled(job.id):
                return True
            item = self.store.next_item(job.id)
            if item is None:
                return True
            self._index(item, job.owner_id)
            if time.monotonic() - published > PUBLISH_SECONDS:
                self._library.publish()
                published = time.monotonic()
        return False

    def _index(self, item: IndexItem, owner_id: str) -> None:
        """Index one file, and store what became of it."""
        if item.attempts > MAX_ATTEMPTS:
            self.store.record_failure(
                item, "document_crashes", f"{item.file_name} ended its readers too often."
            )
            return
        try:
            self._add(item, owner_id)
        except _Interrupted:
            self.store.put_back(item)
        except NaruTalkError as error:
            if self._stopping.is_set():  # and so the conversion was interrupted
                self.store.put_back(item)
            else:
                self.store.record_failure(item, error.code, error.message)
        except OSError as error:
            self.store.record_failure(item, "file_unreadable", error.strerror or "I/O error")
        except (JobLost, SQLAlchemyError):
            raise
        except ClaimLost:
            self.store.put_back(item)  # it is asked for again at once
        except Exception:
            logger.exception("index_item_failed", job_id=item.job_id, position=item.position)
            self.store.record_failure(item, "internal_error", f"{item.file_name} could not be indexed.")

    def _add(self, item: IndexItem, owner_id: str) -> None:
        def save(session: Session, outcome: Outcome) -> None:
            record(session, item, outcome.status, document_id=outcome.document_id)

        self._library.writer.add(
            NewDocument(
                content=(self._data_dir / item.stored_path).read_bytes(),
                file_name=item.file_name,
                title=item.title,
                category=item.category,
                groups=item.access.split("|"),
                owner_id=owner_id,
                stored_path=item.stored_path,
                path=item.path,
            ),
            record=save,
            check=lambda: self._check(item.job_id),
        )

    def _check(self, job_id: str) -> None:
        if self._stopping.is_set() or self.store.is_cancelled(job_id):
            raise _Interrupted

    def _is_used(self, stored_path: str) -> bool:
        return self._library.store.has_original(stored_path) or self.store.needs(stored_path)

    def _drop_unused(self, job: IndexJob) -> None:
        """Delete the files that no document was made of."""
        for item in job.items:
            if not self._library.store.has_original(item.stored_path):
                delete_original(self._data_dir, item.stored_path)
