"""Indexing in the background: one worker thread, jobs in the catalogue, so that a restart goes on."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import structlog

from narutalk.errors import NaruTalkError
from narutalk.identity import Identity
from tools.documents.library import DocumentLibrary, NewDocument
from tools.documents.models import IndexJob, JobStatus

logger = structlog.get_logger(__name__)


class IndexJobs:
    """Runs index jobs one after the other.

    Args:
        library: What they write to.
        data_dir: The files of a job's items lie under it.
    """

    def __init__(self, library: DocumentLibrary, data_dir: Path) -> None:
        self._library = library
        self._data_dir = data_dir
        self._stopping = threading.Event()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index-jobs")
        self._futures: dict[str, Future[None]] = {}

    def resume(self) -> None:
        """Queue the jobs that dead processes left unfinished."""
        for job_id in self._library.store.claim_abandoned_jobs():
            self._enqueue(job_id)

    def submit(self, identity: Identity, items: Sequence[dict[str, Any]]) -> IndexJob:
        """Store and queue a job.

        Args:
            identity: Its owner.
            items: One for each document: ``path`` (relative to the data dir), ``file_name``, ``title``,
                ``category``, ``groups``.
        """
        job = self._library.store.create_job(identity, items)
        self._enqueue(job.id)
        return job

    def close(self) -> None:
        """Stop after the document at hand; the rest goes on at the next start."""
        self._stopping.set()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _enqueue(self, job_id: str) -> None:
        future = self._worker.submit(self._run, job_id)
        self._futures[job_id] = future
        future.add_done_callback(lambda _done: self._futures.pop(job_id, None))

    def _run(self, job_id: str) -> None:
        store = self._library.store
        job = store.job(job_id)
        if job is None:
            return
        store.update_job(job_id, status=JobStatus.RUNNING)
        errors = list(job.errors)
        try:
            for number, item in enumerate(job.items[job.done :], start=job.done + 1):
                if self._stopping.is_set():
                    return
                error = self._index(item, job.owner_id)
                if error:
                    errors.append(error)
                store.update_job(job_id, done=number, errors=errors)
            self._library.publish()
        except Exception:
            logger.exception("index_job_failed", job_id=job_id)
            store.update_job(job_id, status=JobStatus.FAILED)
            return
        status = JobStatus.FAILED if len(errors) == job.total else JobStatus.SUCCEEDED
        store.update_job(job_id, status=status)
        logger.info("index_job_done", job_id=job_id, total=job.total, errors=len(errors))

    def _index(self, item: dict[str, Any], owner_id: str) -> dict[str, Any] | None:
        """Index one document; return its error, or None."""
        try:
            self._library.add(
                NewDocument(
                    content=(self._data_dir / item["path"]).read_bytes(),
                    file_name=item["file_name"],
                    title=item.get("title", ""),
                    category=item.get("category", ""),
                    groups=item.get("groups") or (),
                    owner_id=owner_id,
                    stored_path=item["path"],
                )
            )
        except NaruTalkError as error:
            return {"file": item["file_name"], "code": error.code, "message": error.message}
        except OSError as error:
            return {
                "file": item["file_name"],
                "code": "file_unreadable",
                "message": error.strerror or "I/O error",
            }
        return None
