"""A job whose process is killed, again and again, at another place each time."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from narutalk.identity import Identity
from tests.unit.tools.documents.killed_worker import PLACES
from tools.documents.claims import utc_now
from tools.documents.job_store import JobStore, NewItem
from tools.documents.library import DocumentLibrary
from tools.documents.models import DocumentWrite, JobStatus
from tools.documents.originals import keep_original
from tools.documents.writing import NewDocument

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

FILES = 2 * len(PLACES)
WORKER = Path(__file__).with_name("killed_worker.py")


def work(data_dir: Path, place: str) -> int:
    """Work on the jobs in a process of its own; return what it ended with."""
    command = [sys.executable, str(WORKER), str(data_dir), place]
    return subprocess.run(command, check=False, timeout=120).returncode


def version(number: int, colour: str) -> bytes:
    return f"# Locker {number}\n\nLocker {number} is {colour}.\n".encode()


def test_a_job_killed_at_every_place_indexes_every_file_once(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    before = library.store.count()
    for number in range(FILES):
        content = version(number, "red")
        name = f"{number}.md"
        stored = keep_original(tmp_path, content, name)
        library.add(
            NewDocument(
                content=content, file_name=name, owner_id=admin.user_id, path=name, stored_path=stored
            )
        )
    items = []
    for number in range(FILES):
        stored = keep_original(tmp_path, version(number, "blue"), ".md")
        items.append(NewItem(file_name=f"{number}.md", path=f"{number}.md", stored_path=stored))
    store = JobStore(library.store.engine)
    job_id = store.create(admin, items).id
    with library.store.transaction() as session:  # as if this process had died, too
        job = store.access(admin, job_id)
        job.worker, job.leased_until = "", utc_now()
        session.merge(job)

    for place in PLACES:
        assert work(tmp_path, place) == -signal.SIGKILL, place
        assert store.access(admin, job_id).status == JobStatus.RUNNING, place
    assert work(tmp_path, "") == 0

    job = store.access(admin, job_id)
    assert (job.status, job.done, job.total) == (JobStatus.SUCCEEDED, FILES, FILES)
    assert {str(item.status) for item in job.items} == {"replaced"}
    library.refresh()
    documents, total = library.store.list_documents(admin, search="Locker", limit=100)
    assert total == FILES
    assert {document.id for document in documents} == {item.document_id for item in job.items}
    assert library.store.count() == before + FILES
    passages = {passage.id: passage.text for passage in library.store.all_passages()}
    texts = sorted(text for text in passages.values() if "is blue" in text or "is red" in text)
    assert texts == sorted(f"Locker {number} is blue." for number in range(FILES))
    assert vector_ids(tmp_path) == passages.keys()
    assert set(library._lexical._snapshot.ids) == passages.keys()
    with library.store.transaction() as session:
        assert session.scalars(select(DocumentWrite)).all() == []


def vector_ids(data_dir: Path) -> set[str]:
    """Return the ids of all vectors, as a process sees them that opens the files anew."""
    script = (
        "import sys, chromadb; from chromadb.config import Settings;"
        "client = chromadb.PersistentClient(sys.argv[1], Settings(anonymized_telemetry=False));"
        "print(*(i for c in client.list_collections() for i in c.get(include=[])['ids']))"
    )
    command = [sys.executable, "-c", script, str(data_dir / "chroma")]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
