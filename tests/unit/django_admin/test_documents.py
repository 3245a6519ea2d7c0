"""Documents over the manager's API, in front of the real document service."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.models import Group

from django_admin.accounts.key_actions import do_create_key
from django_admin.accounts.models import User
from django_admin.accounts.scopes import Scope
from django_admin.config.body_limit import FILES_AT_ONCE, MAX_BODY_BYTES
from tests.fakes.manager import Manager, make_user, running_manager
from tests.unit.django_admin.conftest import MAX_UPLOAD_BYTES
from tests.unit.django_admin.streams import error_code

pytestmark = pytest.mark.slow

UNREACHABLE = "http://127.0.0.1:9"
JOBS = "/api/documents/jobs"
JOB_SECONDS = 60
UNKNOWN_JOB = "b2bc7d30-9525-4d09-b4ac-6e490c3d141e"


@pytest.fixture
def mira(documented: Manager) -> User:
    """A manager of the group finance."""
    mira = make_user("mira", roles=["manager"])
    mira.groups.add(Group.objects.get_or_create(name="finance")[0])
    return mira


@pytest.fixture
def miras(documented: Manager, mira: User) -> Iterator[httpx.Client]:
    with documented.client(mira) as client:
        yield client


@pytest.fixture
def anns(documented: Manager, ann: User) -> Iterator[httpx.Client]:
    """The client of Ann, who has no role and no group."""
    with documented.client(ann) as client:
        yield client


def _word() -> str:
    return f"zq{uuid4().hex[:12]}"


def _file(name: str, text: str | bytes) -> tuple[str, tuple[str, bytes]]:
    return ("files", (name, text if isinstance(text, bytes) else text.encode()))


def _sent(client: httpx.Client, *files: Any, **form: Any) -> dict[str, Any]:
    """Send files, wait until their job has ended, and return it."""
    accepted = client.post(JOBS, files=files, data=form)
    assert accepted.status_code == 202, accepted.text
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"{JOBS}/{accepted.json()['job_id']}").json()
        if job["finished_at"]:
            return job
        time.sleep(0.02)
    raise AssertionError("the job did not end")


def _listed(client: httpx.Client, search: str, **more: Any) -> list[dict[str, Any]]:
    found = client.get("/api/documents", params={"search": search, **more}).json()
    entries: list[dict[str, Any]] = found["documents"]
    assert found["total"] == len(entries)
    return entries


def test_files_are_added_and_each_is_told_of(miras: httpx.Client, anns: httpx.Client) -> None:
    word = _word()
    job = _sent(
        miras,
        _file(f"{word}.txt", f"The {word} is in the blue cabinet."),
        _file(f"{word}-한글.md", f"# {word}\n\n파란 캐비닛에 있습니다."),
        _file(f"{word}.pdf", b"%PDF-1.4 broken"),
    )

    assert (job["status"], job["done"], job["total"]) == ("succeeded", 3, 3)
    assert [file["status"] for file in job["files"]] == ["indexed", "indexed", "failed"]
    failed = job["files"][2]
    assert failed["code"] == "document_unreadable"
    assert word in failed["message"]
    assert {entry["source"] for entry in _listed(anns, word)} == {f"{word}.txt", f"{word}-한글.md"}

    again = _sent(
        miras,
        _file(f"{word}.txt", f"The {word} is in the blue cabinet."),
        _file(f"{word}-한글.md", f"# {word}\n\n빨간 캐비닛에 있습니다."),
    )
    assert [file["status"] for file in again["files"]] == ["unchanged", "replaced"]
    jobs = miras.get(JOBS, params={"limit": 2}).json()
    assert [entry["job_id"] for entry in jobs["jobs"]] == [again["job_id"], job["job_id"]]


def test_a_document_of_a_group_is_for_its_members(miras: httpx.Client, anns: httpx.Client) -> None:
    word = _word()
    job = _sent(miras, _file(f"{word}.txt", f"The {word} costs nothing."), groups=["finance"])
    document_id = job["files"][0]["document_id"]

    assert _listed(miras, word)[0]["groups"] == ["finance"]
    assert miras.get(f"/api/documents/{document_id}").json()["passages"][0]["text"].startswith(f"The {word}")
    assert word in miras.get(f"/documents/{document_id}").text

    assert _listed(anns, word) == []
    for path in (
        f"/api/documents/{document_id}",
        f"/documents/{document_id}",
        f"/documents/{document_id}/file",
    ):
        refused = anns.get(path)
        absent = anns.get(path.replace(document_id, "0" * 32))
        assert (refused.status_code, absent.status_code) == (404, 404)
        assert word not in refused.text
    removal = anns.delete(f"/api/documents/{document_id}")
    assert (removal.status_code, error_code(removal)) == (404, "document_not_found")
    assert len(_listed(miras, word)) == 1


def test_anothers_job_looks_absent(miras: httpx.Client, documented: Manager) -> None:
    job = _sent(miras, _file("mine.txt", _word()))
    with documented.client(make_user("max", roles=["manager"])) as max_client:
        for method, path in (("GET", ""), ("POST", "/cancel")):
            refused = max_client.request(method, f"{JOBS}/{job['job_id']}{path}")
            assert (refused.status_code, error_code(refused)) == (404, "job_not_found")
        assert max_client.get(JOBS).json()["total"] == 0


def test_who_may_add_is_for_the_service_to_say(miras: httpx.Client, anns: httpx.Client) -> None:
    refused = anns.post(JOBS, files=[_file("mine.txt", "words")])

    assert (refused.status_code, error_code(refused)) == (403, "documents_read_only")
    assert anns.get("/api/documents").json()["may_index"] is False
    assert miras.get("/api/documents").json()["may_index"] is True


def test_a_document_is_removed(miras: httpx.Client, anns: httpx.Client) -> None:
    word = _word()
    document_id = _sent(miras, _file(f"{word}.txt", f"On the {word}."))["files"][0]["document_id"]
    assert [entry["may_remove"] for entry in _listed(anns, word)] == [False]
    assert anns.delete(f"/api/documents/{document_id}").status_code == 404

    assert [entry["may_remove"] for entry in _listed(miras, word)] == [True]
    assert miras.delete(f"/api/documents/{document_id}").status_code == 204

    assert _listed(anns, word) == []
    assert anns.get(f"/documents/{document_id}").status_code == 404


def test_the_list_is_narrowed(miras: httpx.Client) -> None:
    word = _word()
    _sent(
        miras,
        _file(f"{word}.txt", f"The {word}."),
        _file(f"{word}.csv", f"name,{word}\n금액,삼만 원입니다\n"),
    )

    assert [entry["format"] for entry in _listed(miras, word, format=["txt", "pdf"])] == ["txt"]
    assert [entry["format"] for entry in _listed(miras, word, language="ko")] == ["csv"]
    assert _listed(miras, word, until="2020-01-01") == []
    assert len(_listed(miras, word, since="2020-01-01")) == 2
    for wrong in ({"language": "xx"}, {"since": "yesterday"}, {"limit": 101}, {"search": "x" * 201}):
        refused = miras.get("/api/documents", params=wrong)
        assert (refused.status_code, error_code(refused)) == (422, "invalid_input")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"json": {"documents": []}}, "files_missing"),
        ({"data": {"groups": "everyone"}}, "files_missing"),
        ({"files": [_file("a.txt", "a")], "data": {"groups": ["a|b"]}}, "groups_invalid"),
        ({"files": [_file("a.txt", "a")], "data": {"paths": ["a", "b"]}}, "paths_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(miras: httpx.Client, form: dict[str, Any], code: str) -> None:
    refused = miras.post(JOBS, **form)

    assert (refused.status_code, error_code(refused)) == (422, code)


def test_an_upload_has_a_limit_and_so_has_every_request(miras: httpx.Client) -> None:
    """Also where the sender does not say how much will come."""
    most = MAX_BODY_BYTES + FILES_AT_ONCE * MAX_UPLOAD_BYTES

    def much(size: int) -> Iterator[bytes]:
        for _ in range(size // 2**20 + 1):
            yield b"x" * 2**20

    for path, limit in ((JOBS, most), ("/api/chat", MAX_BODY_BYTES)):
        for content in (b"x" * (limit + 1), much(limit)):
            try:
                refused = miras.post(
                    path, content=content, headers={"Content-Type": "multipart/form-data; boundary=b"}
                )
            except httpx.WriteError:  # it was refused so early that there was nobody to hear the rest
                continue
            assert (refused.status_code, error_code(refused)) == (413, "too_large")


def test_an_upload_needs_the_csrf_token_of_the_page(miras: httpx.Client) -> None:
    token = miras.headers.pop("X-CSRFToken")

    refused = miras.post(JOBS, files=[_file("a.txt", "a")], data={"csrfmiddlewaretoken": token})

    assert (refused.status_code, error_code(refused)) == (403, "csrf_failed")


def test_keys_need_the_scope(documented: Manager, mira: User) -> None:
    calls = (
        ("GET", "/api/documents", {}, Scope.DOCUMENTS_READ),
        ("GET", JOBS, {}, Scope.DOCUMENTS_READ),
        ("POST", JOBS, {"files": [_file("key.txt", _word())]}, Scope.DOCUMENTS_WRITE),
        ("DELETE", f"/api/documents/{'0' * 32}", {}, Scope.DOCUMENTS_WRITE),
    )
    for scope in (Scope.DOCUMENTS_READ, Scope.DOCUMENTS_WRITE, Scope.CHAT):
        with documented.client() as program:
            key = do_create_key(mira, name=scope, scopes=[scope], days=1).text
            program.headers["Authorization"] = f"Bearer {key}"
            for method, path, form, needed in calls:
                response = program.request(method, path, **form)
                refused = response.status_code == 403 and error_code(response) == "scope_missing"
                assert refused is (scope != needed), (scope, method, path, response.text)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/documents"),
        ("GET", JOBS),
        ("POST", f"{JOBS}/{UNKNOWN_JOB}/cancel"),
        ("DELETE", "/api/documents/x"),
    ],
)
def test_a_service_that_is_down_is_told_as_such(manager: Manager, ann: User, method: str, path: str) -> None:
    with running_manager(manager.url, document_urls=UNREACHABLE) as alone, alone.client(ann) as client:
        refused = client.request(method, path)

    assert (refused.status_code, error_code(refused)) == (503, "document_unavailable")


def test_what_the_service_should_not_answer_is_not_passed_on(
    manager: Manager, ann: User, client: httpx.Client
) -> None:
    """The scripted router stands where the document service should be, and knows no lists."""
    refused = client.get("/api/documents")
    assert (refused.status_code, error_code(refused)) in (
        (404, "document_not_found"),
        (502, "document_failed"),
    )
