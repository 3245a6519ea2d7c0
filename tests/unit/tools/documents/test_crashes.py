"""A job whose process is killed, again and again, at another place each time."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update

from narutalk.identity import Identity
from narutalk.settings import Settings
from tests.unit.tools.documents.contents import catalogue_texts
from tests.unit.tools.documents.killed_worker import PLACES
from tools.documents.job_store import JobStore, NewItem
from tools.documents.models import DocumentWrite, IndexJob, JobStatus
from tools.documents.originals import keep_original
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents

pytestmark = pytest.mark.slow

PORTIONS = [tuple(PLACES)[start : start + 4] for start in range(0, len(PLACES), 4)]
FILES = 10
WORKER = "tests.unit.tools.documents.killed_worker"


def work(data_dir: Path, place: str = "") -> subprocess.CompletedProcess[str]:
    """Work on the jobs in a process of its own."""
    command = [sys.executable, "-m", WORKER, str(data_dir), place]
    return subprocess.run(command, check=False, timeout=120, stdout=subprocess.PIPE, text=True)


class Company:
    """A catalogue and its jobs; Chroma is left to the workers, for two processes cannot have it open."""

    def __init__(self, settings: Settings, identity: Identity) -> None:
        migrate_documents(settings)
        self.engine = build_documents_engine(settings)
        self.jobs = JobStore(self.engine)
        self.store = DocumentStore(self.engine)
        self._data_dir = settings.data_dir
        self._identity = identity

    def submit(self, colour: str) -> str:
        """Store a job for whichever process comes next, and return its id."""
        items = []
        for number in range(FILES):
            content = f"# Locker {number}\n\nLocker {number} is {colour}.\n".encode()
            stored = keep_original(self._data_dir, content, "a.md")
            items.append(NewItem(file_name=f"{number}.md", path=f"{number}.md", stored_path=stored))
        job_id = self.jobs.create(self._identity, items).id
        with self.store.transaction() as session:
            session.execute(update(IndexJob).where(IndexJob.id == job_id).values(worker=""))
        return job_id

    def job(self, job_id: str) -> IndexJob:
        return self.jobs.access(self._identity, job_id)

    def texts(self) -> dict[str, str]:
        return catalogue_texts(self.store)

    def open_writes(self) -> Sequence[DocumentWrite]:
        with self.store.transaction() as session:
            return session.scalars(select(DocumentWrite)).all()


@pytest.mark.parametrize("places", PORTIONS, ids=" + ".join)
def test_a_job_that_is_killed_again_and_again_indexes_every_file_once(
    settings: Settings, admin: Identity, places: tuple[str, ...]
) -> None:
    company = Company(settings, admin)
    company.submit("red")
    assert work(settings.data_dir).returncode == 0
    job_id = company.submit("blue")

    for place in places:
        assert work(settings.data_dir, place).returncode == -signal.SIGKILL, place
        assert company.job(job_id).status == JobStatus.RUNNING, place
    last = work(settings.data_dir)

    assert last.returncode == 0
    job = company.job(job_id)
    assert (job.status, job.done, job.total) == (JobStatus.SUCCEEDED, FILES, FILES)
    assert {str(item.status) for item in job.items} == {"replaced"}
    documents, total = company.store.list_documents(admin, limit=100)
    assert total == FILES
    assert {document.id for document in documents} == {item.document_id for item in job.items}
    assert sorted(company.texts().values()) == [f"Locker {number} is blue." for number in range(FILES)]
    indexed = json.loads(last.stdout.splitlines()[-1])
    assert indexed["vectors"] == indexed["lexical"] == sorted(company.texts())
    assert company.open_writes() == []
    company.engine.dispose()
