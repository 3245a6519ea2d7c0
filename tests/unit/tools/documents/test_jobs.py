import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from narutalk.errors import NotFound
from narutalk.identity import Identity, Role
from narutalk.process import this_process
from narutalk.settings import Settings
from tests.unit.tools.documents.contents import assert_consistent
from tools.documents.chroma import build_client
from tools.documents.job_store import JobLost, JobStore, NewItem, record
from tools.documents.jobs import IndexJobs
from tools.documents.library import DocumentLibrary
from tools.documents.models import IndexJob, ItemStatus, JobStatus
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore, build_documents_engine
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument, content_id

MAX = Identity(user_id="m", username="max", roles=frozenset({Role.MANAGER}))


@pytest.fixture
def store(library: DocumentLibrary) -> JobStore:
    return JobStore(library.store.engine)


def write(folder: Path, name: str, text: str, *, path: str = "") -> NewItem:
    stored = folder / "uploads" / f"{len(list(folder.glob('uploads/*')))}-{name}"
    stored.parent.mkdir(exist_ok=True)
    stored.write_text(text)
    return NewItem(file_name=name, path=path or name, stored_path=f"uploads/{stored.name}")


def again(folder: Path, name: str) -> str:
    """Store the lockers' text once more, as a second upload does, and return where."""
    (folder / "uploads" / f"{name}.md").write_text("Lockers are red.")
    return f"uploads/{name}.md"


def finish(jobs: IndexJobs) -> None:
    for future in list(jobs._futures.values()):
        future.result(timeout=60)


def run(library: DocumentLibrary, identity: Identity, folder: Path, *items: NewItem) -> IndexJob:
    """Submit a job, wait for its end, and return it."""
    jobs = IndexJobs(library, JobStore(library.store.engine), folder)
    job = jobs.submit(identity, items)
    finish(jobs)
    jobs.close()
    return jobs.store.access(identity, job.id)


def statuses(job: IndexJob) -> list[str]:
    return [str(item.status) for item in job.items]


def test_a_job_indexes_what_it_can_and_names_what_it_cannot(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    refused = NewItem(file_name="huge.pdf", code="file_too_large", message="huge.pdf is too large.")
    job = run(
        library,
        admin,
        tmp_path,
        write(tmp_path, "good.md", "# Lockers\n\nLockers are in room 7."),
        write(tmp_path, "bad.pdf", "no pdf"),
        NewItem(file_name="missing.md", path="missing.md", stored_path="uploads/missing.md"),
        refused,
    )
    assert (job.status, job.done, job.total) == (JobStatus.SUCCEEDED, 4, 4)
    assert [(item.file_name, item.status, item.code) for item in job.items] == [
        ("good.md", ItemStatus.INDEXED, ""),
        ("bad.pdf", ItemStatus.FAILED, "document_unreadable"),
        ("missing.md", ItemStatus.FAILED, "file_unreadable"),
        ("huge.pdf", ItemStatus.FAILED, "file_too_large"),
    ]
    assert library.search(admin, "Where are the lockers?")[0].source == "good.md"
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["0-good.md"], "no other is needed"
    assert_consistent(library)


def test_a_job_in_which_everything_fails_has_failed(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    assert run(library, admin, tmp_path, write(tmp_path, "bad.pdf", "no pdf")).status == JobStatus.FAILED


def test_the_next_version_of_a_file_replaces_the_one_before(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    first = run(library, admin, tmp_path, write(tmp_path, "a.md", "Lockers are red.", path="x/a.md"))
    second = run(library, admin, tmp_path, write(tmp_path, "a.md", "Lockers are blue.", path="x/a.md"))
    again = run(library, admin, tmp_path, write(tmp_path, "a.md", "Lockers are blue.", path="x/a.md"))
    assert [statuses(job) for job in (first, second, again)] == [["indexed"], ["replaced"], ["unchanged"]]
    assert not library.store.exists(first.items[0].document_id)
    found = {hit.text for hit in library.search(admin, "lockers", top_k=50)}
    assert "Lockers are blue." in found
    assert "Lockers are red." not in found
    assert len(list((tmp_path / "uploads").iterdir())) == 1
    assert_consistent(library)


def test_another_path_or_person_replaces_nothing(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    before = library.store.count()
    run(library, admin, tmp_path, write(tmp_path, "a.md", "one", path="x/a.md"))
    run(library, admin, tmp_path, write(tmp_path, "a.md", "two", path="y/a.md"))
    run(library, MAX, tmp_path, write(tmp_path, "a.md", "three", path="x/a.md"))
    assert library.store.count() == before + 3


def test_a_document_stays_while_another_path_holds_it(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    same = content_id(b"same")
    job = run(library, admin, tmp_path, write(tmp_path, "a.md", "same"), write(tmp_path, "b.md", "same"))
    assert statuses(job) == ["indexed", "unchanged"]
    run(library, admin, tmp_path, write(tmp_path, "a.md", "other"))
    assert library.store.access_document(admin, same).source == "b.md"
    run(library, admin, tmp_path, write(tmp_path, "b.md", "other"))
    assert not library.store.exists(same)
    assert_consistent(library)


def test_the_same_content_takes_the_groups_that_its_owner_names(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    reader = Identity(user_id="r", username="reader", groups=frozenset({"hr"}))
    open_to_all = write(tmp_path, "a.md", "Lockers are red.")
    closed, others = replace(open_to_all, access="hr"), replace(open_to_all, access="it")
    first = run(library, admin, tmp_path, open_to_all)
    document_id = first.items[0].document_id
    assert statuses(run(library, admin, tmp_path, replace(closed, stored_path=again(tmp_path, "1")))) == [
        "replaced"
    ]
    assert library.search(reader, "lockers")[0].document_id == document_id
    for who, item in (
        (admin, open_to_all),
        (MAX, others),
    ):  # not opened by leaving groups out, nor by another
        job = run(library, who, tmp_path, replace(item, stored_path=again(tmp_path, who.username)))
        assert statuses(job) == ["unchanged"]
        assert library.store.access_document(admin, document_id).access == "hr"
    assert_consistent(library)


def test_what_was_added_without_a_path_is_never_replaced(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    library.add(NewDocument(content=b"from the start", file_name="s.md", owner_id=admin.user_id))
    run(library, admin, tmp_path, write(tmp_path, "s.md", "from the start"))
    run(library, admin, tmp_path, write(tmp_path, "s.md", "a copy that was changed"))
    assert library.store.exists(content_id(b"from the start"))


def test_a_removed_document_takes_its_original_along_and_may_come_back(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    job = run(library, admin, tmp_path, write(tmp_path, "a.md", "Lockers are red."))
    library.remove(admin, job.items[0].document_id)
    assert list((tmp_path / "uploads").iterdir()) == []
    assert_consistent(library)
    assert statuses(run(library, admin, tmp_path, write(tmp_path, "a.md", "Lockers are red."))) == ["indexed"]


def test_a_cancelled_job_keeps_what_is_indexed_and_ends(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    items = [write(tmp_path, f"{number}.md", f"Text {number}.") for number in range(3)]
    jobs = IndexJobs(library, JobStore(library.store.engine), tmp_path)
    read = library.writer._read

    def cancel_at_the_second(content: bytes, file_name: str) -> list[object]:
        if file_name == "1.md":
            jobs.cancel(admin, job_id)
        return read(content, file_name)  # type: ignore[return-value]

    library.writer._read = cancel_at_the_second  # type: ignore[assignment]
    job_id = jobs.store.create(admin, items).id
    jobs.resume()
    finish(jobs)
    jobs.close()
    job = jobs.store.access(admin, job_id)
    assert (job.status, statuses(job)) == (JobStatus.CANCELLED, ["indexed", "cancelled", "cancelled"])
    assert job.finished_at is not None
    assert len(list((tmp_path / "uploads").iterdir())) == 1
    assert jobs.cancel(admin, job_id).status == JobStatus.CANCELLED
    assert_consistent(library)


def test_a_job_that_waits_is_cancelled_at_once(
    library: DocumentLibrary, admin: Identity, store: JobStore, tmp_path: Path
) -> None:
    jobs = IndexJobs(library, store, tmp_path)
    job = store.create(admin, [write(tmp_path, "a.md", "text")])
    with pytest.raises(NotFound):
        jobs.cancel(MAX, job.id)
    assert statuses(jobs.cancel(admin, job.id)) == ["cancelled"]
    jobs.resume()
    assert not jobs._futures
    jobs.close()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_person_sees_their_own_jobs_only(store: JobStore, admin: Identity) -> None:
    first, second = (store.create(admin, [NewItem(file_name=name)]) for name in "ab")
    page, total = store.list(admin, offset=0, limit=1)
    assert ([job.id for job in page], total) == ([second.id], 2)
    assert store.list(MAX, offset=0, limit=10) == ([], 0)
    with pytest.raises(NotFound):
        store.access(MAX, first.id)


def test_what_breaks_our_own_code_costs_its_own_file(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    def break_down(_content: bytes, _name: str) -> list[object]:
        raise ZeroDivisionError

    read, library.writer._read = library.writer._read, break_down  # type: ignore[assignment]
    job = run(library, admin, tmp_path, write(tmp_path, "a.md", "text"))
    assert [item.code for item in job.items] == ["internal_error"]
    library.writer._read = read
    assert statuses(run(library, admin, tmp_path, write(tmp_path, "a.md", "text"))) == ["indexed"]


def test_a_file_that_ends_processes_is_given_up(
    library: DocumentLibrary, admin: Identity, store: JobStore, tmp_path: Path
) -> None:
    job = store.create(admin, [write(tmp_path, "a.md", "text"), write(tmp_path, "b.md", "more")])
    for _ in range(5):
        store.next_item(job.id)
    jobs = IndexJobs(library, store, tmp_path)
    jobs.resume()
    finish(jobs)
    jobs.close()
    items = store.access(admin, job.id).items
    assert [(item.status, item.code) for item in items] == [("failed", "document_crashes"), ("indexed", "")]


def belongs_to_a_dead_process(settings: Settings, job_id: str) -> None:
    host, pid, started = this_process().rsplit("/", 2)
    engine = build_documents_engine(settings)
    with engine.begin() as connection:
        dead = f"{host}/{pid}/{float(started) - 60:.2f}"
        connection.execute(update(IndexJob).where(IndexJob.id == job_id).values(worker=dead))
    engine.dispose()


def test_unfinished_jobs_go_on_after_a_restart(
    library: DocumentLibrary, admin: Identity, settings: Settings, store: JobStore, tmp_path: Path
) -> None:
    items = [write(tmp_path, f"{number}.md", f"# Room {number}\n\nText {number}.") for number in range(3)]
    job = store.create(admin, items)
    first = store.next_item(job.id)
    assert first is not None
    store.record_failure(first, "some_code", "It failed before.")
    belongs_to_a_dead_process(settings, job.id)
    with pytest.raises(JobLost):
        store.record_failure(first, "some_code", "Not ours any more.")
    assert store.claim_abandoned() == [job.id]
    assert store.claim_abandoned() == [], "one instance gets it"
    belongs_to_a_dead_process(settings, job.id)
    jobs = IndexJobs(library, store, tmp_path)
    jobs.resume()
    finish(jobs)
    jobs.close()
    done = store.access(admin, job.id)
    assert (done.status, done.done) == (JobStatus.SUCCEEDED, 3)
    assert statuses(done) == ["failed", "indexed", "indexed"]
    assert library.store.list_documents(admin, search="Room")[1] == 2


def test_the_lease_of_another_host_is_waited_for(
    library: DocumentLibrary, admin: Identity, store: JobStore
) -> None:
    job = store.create(admin, [NewItem(file_name="a.md")])
    with library.store.transaction() as session:
        session.execute(update(IndexJob).values(worker="elsewhere/1/1.00"))
    assert store.claim_abandoned() == []
    with library.store.transaction() as session:
        session.execute(update(IndexJob).values(leased_until=job.created_at))
    assert store.claim_abandoned() == [job.id]


def test_a_result_is_recorded_once(library: DocumentLibrary, admin: Identity, store: JobStore) -> None:
    job = store.create(admin, [NewItem(file_name="a.md"), NewItem(file_name="b.md")])
    item = store.next_item(job.id)
    assert item is not None
    store.record_failure(item, "x", "y")
    with pytest.raises(JobLost), library.store.transaction() as session:
        record(session, item, ItemStatus.INDEXED)
    assert store.access(admin, job.id).done == 1


def test_nothing_stays_of_a_document_that_could_not_be_recorded(
    library: DocumentLibrary, admin: Identity
) -> None:
    def fail(_session: Session, _outcome: object) -> None:
        raise JobLost

    with pytest.raises(JobLost):
        library.writer.add(NewDocument(content=b"Lockers.", file_name="a.md"), record=fail)
    library.publish()
    assert not library.store.exists(content_id(b"Lockers."))
    assert_consistent(library)


def test_files_that_nothing_needs_are_swept_after_a_day(
    library: DocumentLibrary, admin: Identity, store: JobStore, tmp_path: Path
) -> None:
    run(library, admin, tmp_path, write(tmp_path, "kept.md", "text"))
    waiting = write(tmp_path, "waiting.md", "more")
    job = store.create(admin, [waiting])
    for item in (write(tmp_path, "left.md", "left"), write(tmp_path, "new.md", "new")):
        if item.file_name != "new.md":
            os.utime(tmp_path / item.stored_path, (0, 0))
    os.utime(tmp_path / waiting.stored_path, (0, 0))
    jobs = IndexJobs(library, store, tmp_path)
    jobs.start()
    finish(jobs)
    jobs.close()
    assert statuses(store.access(admin, job.id)) == ["indexed"]
    names = sorted(path.name.partition("-")[2] for path in (tmp_path / "uploads").iterdir())
    assert names == ["kept.md", "new.md", "waiting.md"]


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
