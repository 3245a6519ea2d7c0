from pathlib import Path

from sqlalchemy import update

from narutalk.identity import Identity
from narutalk.process import this_process
from narutalk.settings import Settings
from tools.documents.chroma import build_client
from tools.documents.jobs import IndexJobs
from tools.documents.library import DocumentLibrary, NewDocument
from tools.documents.models import IndexJob, JobStatus
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore, build_documents_engine
from tools.documents.vectors import VectorIndex


def write(folder: Path, name: str, text: str) -> dict[str, object]:
    (folder / name).write_text(text)
    return {"path": name, "file_name": name, "groups": ["everyone"]}


def finish(jobs: IndexJobs) -> None:
    for future in list(jobs._futures.values()):
        future.result(timeout=60)


def test_a_job_indexes_what_it_can_and_names_what_it_cannot(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    items = [
        write(tmp_path, "good.md", "# Lockers\n\nLockers are in room 7."),
        write(tmp_path, "bad.pdf", "no pdf"),
        {"path": "missing.md", "file_name": "missing.md"},
    ]
    jobs = IndexJobs(library, tmp_path)
    job = jobs.submit(admin, items)
    finish(jobs)
    jobs.close()
    done = library.store.access_job(admin, job.id)
    assert (done.status, done.done, done.total) == (JobStatus.SUCCEEDED, 3, 3)
    assert [(error["file"], error["code"]) for error in done.errors] == [
        ("bad.pdf", "document_unreadable"),
        ("missing.md", "file_unreadable"),
    ]
    assert library.search(admin, "Where are the lockers?")[0].source == "good.md"


def test_a_job_in_which_everything_fails_has_failed(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    jobs = IndexJobs(library, tmp_path)
    job = jobs.submit(admin, [write(tmp_path, "bad.pdf", "no pdf")])
    finish(jobs)
    jobs.close()
    assert library.store.access_job(admin, job.id).status == JobStatus.FAILED


def belongs_to_a_dead_process(settings: Settings, job_id: str) -> None:
    host, pid, started = this_process().rsplit("/", 2)
    engine = build_documents_engine(settings)
    with engine.begin() as connection:
        dead = f"{host}/{pid}/{float(started) - 60:.2f}"
        connection.execute(update(IndexJob).where(IndexJob.id == job_id).values(worker=dead))
    engine.dispose()


def test_unfinished_jobs_go_on_after_a_restart(
    library: DocumentLibrary, admin: Identity, settings: Settings, tmp_path: Path
) -> None:
    items = [write(tmp_path, f"{number}.md", f"# Room {number}\n\nText {number}.") for number in range(3)]
    job = library.store.create_job(admin, items)
    library.store.update_job(job.id, status=JobStatus.RUNNING, done=1)
    jobs = IndexJobs(library, tmp_path)
    jobs.resume()
    assert not jobs._futures, "another living process works on it"
    belongs_to_a_dead_process(settings, job.id)
    assert library.store.claim_abandoned_jobs() == [job.id]
    assert library.store.claim_abandoned_jobs() == [], "one instance gets it"
    belongs_to_a_dead_process(settings, job.id)
    jobs.resume()
    finish(jobs)
    jobs.close()
    done = library.store.access_job(admin, job.id)
    assert (done.status, done.done) == (JobStatus.SUCCEEDED, 3)
    assert library.store.list_documents(admin, search="Room")[1] == 2


def test_what_one_instance_publishes_the_other_finds(
    library: DocumentLibrary, admin: Identity, settings: Settings
) -> None:
    """Two libraries over one catalogue and one Chroma, as in two processes."""
    client = build_client("", settings.data_dir)
    other_store = DocumentStore(build_documents_engine(settings))
    other = DocumentLibrary(other_store, VectorIndex(client, library.embedder), library.embedder)
    other.refresh()
    new = NewDocument(content=b"# Lockers\n\nLockers are in room 7.", file_name="lockers.md", owner_id="1")
    document_id = library.add(new)
    library.publish()
    assert other.search(admin, "Where are the lockers?")[0].source == "lockers.md"
    assert other.add(new) == document_id, "the same content is one document"
    other.remove(admin, document_id)
    assert "lockers.md" not in {hit.source for hit in library.search(admin, "Where are the lockers?")}
    assert library.index.retrieve(admin, "lockers", Filters()).lexical == {}
