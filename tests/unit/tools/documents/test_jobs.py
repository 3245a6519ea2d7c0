from pathlib import Path

from narutalk.identity import Identity
from tools.documents.jobs import IndexJobs
from tools.documents.library import DocumentLibrary
from tools.documents.models import JobStatus


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


def test_unfinished_jobs_go_on_after_a_restart(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    items = [write(tmp_path, f"{number}.md", f"# Room {number}\n\nText {number}.") for number in range(3)]
    job = library.store.create_job(admin, items)
    library.store.update_job(job.id, status=JobStatus.RUNNING, done=1)
    jobs = IndexJobs(library, tmp_path)
    jobs.resume()
    finish(jobs)
    jobs.close()
    done = library.store.access_job(admin, job.id)
    assert (done.status, done.done) == (JobStatus.SUCCEEDED, 3)
    assert library.store.list_documents(admin, search="Room")[1] == 2
