"""What the assistant remembers, over the manager's API, in front of the real router."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from django_admin.accounts.key_actions import do_create_key
from django_admin.accounts.models import User
from django_admin.accounts.scopes import Scope
from tests.fakes.manager import Manager, running_manager
from tests.fakes.remembering_router import RememberingRouter
from tests.unit.django_admin.streams import error_code

UNREACHABLE = "http://127.0.0.1:9"

SOME_ID = "1162e662-6d45-44e9-971d-323920f45b93"


@pytest.fixture
def client(remembering: Manager, ann: User) -> Iterator[httpx.Client]:
    with remembering.client(ann) as client:
        yield client


@pytest.fixture
def bobs_client(remembering: Manager, bob: User) -> Iterator[httpx.Client]:
    with remembering.client(bob) as client:
        yield client


def _texts(client: httpx.Client, query: str = "") -> list[str]:
    return [item["text"] for item in client.get(f"/api/memories{query}").json()["items"]]


def test_lists_the_persons_own_newest_first(
    client: httpx.Client, bobs_client: httpx.Client, memory: RememberingRouter, ann: User, bob: User
) -> None:
    first = memory.remember(ann, "I look after the Busan branch.", created_at="2026-03-05T01:02:03+00:00")
    memory.remember(ann, "한국어로 답해 주세요.", kind="preference", name="language", language="ko")
    memory.remember(bob, "Bob's secret")

    page = client.get("/api/memories").json()

    assert [item["text"] for item in page["items"]] == [
        "한국어로 답해 주세요.",
        "I look after the Busan branch.",
    ]
    assert page["has_more"] is False
    assert page["items"][1] == {
        "id": first,
        "text": "I look after the Busan branch.",
        "kind": "note",
        "name": None,
        "language": "en",
        "created_at": "2026-03-05T01:02:03Z",
    }
    assert (page["items"][0]["kind"], page["items"][0]["name"]) == ("preference", "language")
    assert _texts(bobs_client) == ["Bob's secret"]


def test_pages(client: httpx.Client, memory: RememberingRouter, ann: User) -> None:
    for number in range(3):
        memory.remember(ann, f"Number {number}")

    first, last = (client.get(f"/api/memories?limit=2&offset={offset}").json() for offset in (0, 2))

    assert (len(first["items"]), first["has_more"]) == (2, True)
    assert (len(last["items"]), last["has_more"]) == (1, False)
    texts = {item["text"] for item in (*first["items"], *last["items"])}
    assert texts == {"Number 0", "Number 1", "Number 2"}
    assert client.get("/api/memories?limit=3").json()["has_more"] is False
    assert client.get("/api/memories?limit=101").status_code == 422
    assert client.get("/api/memories?offset=-1").status_code == 422


def test_what_is_no_memory_is_left_out(client: httpx.Client, memory: RememberingRouter, ann: User) -> None:
    memory.remember(ann, "A memory")
    memory.remember(ann, "x" * 501)
    memory.put(ann, ["memories"], "no-uuid", {"text": "of a program of mine"})
    memory.put(ann, ["memories", "below"], str(uuid4()), {"text": "deeper"})

    assert _texts(client) == ["A memory"]


def test_what_the_supervisor_would_recall_is_shown(
    client: httpx.Client, memory: RememberingRouter, ann: User
) -> None:
    """Of a memory it needs the text only; when that is not known, it was said when it was stored."""
    for created_at in ("yesterday", None, "2020-01-01T00:00:00"):
        memory.put(ann, ["memories"], str(uuid4()), {"text": f"{created_at}", "created_at": created_at})
    memory.put(ann, ["memories"], str(uuid4()), {"text": "bare"})

    *stored, said = client.get("/api/memories").json()["items"]

    assert {item["text"] for item in stored} == {"yesterday", "None", "bare"}
    assert {(item["kind"], item["name"], item["language"]) for item in stored} == {("note", None, "en")}
    for item in stored:
        age = datetime.now(UTC) - datetime.fromisoformat(item["created_at"])
        assert abs(age) < timedelta(minutes=1)
    assert said["created_at"] == "2020-01-01T00:00:00Z"


def test_deletes_one(client: httpx.Client, memory: RememberingRouter, ann: User) -> None:
    kept, gone = memory.remember(ann, "Keep this"), memory.remember(ann, "Not this")

    assert client.delete(f"/api/memories/{gone}").status_code == 204

    assert memory.remembered(ann) == [kept]
    again = client.delete(f"/api/memories/{gone}")
    assert (again.status_code, error_code(again)) == (404, "memory_not_found")


def test_anothers_memory_looks_absent_and_stays(
    bobs_client: httpx.Client, memory: RememberingRouter, ann: User, bob: User
) -> None:
    anns = memory.remember(ann, "Ann's")

    refused = bobs_client.delete(f"/api/memories/{anns}")

    assert (refused.status_code, error_code(refused)) == (404, "memory_not_found")
    assert bobs_client.delete("/api/memories").json() == {"deleted": 0}
    assert memory.remembered(ann) == [anns]


def test_deletes_all_of_mine_over_several_pages(
    client: httpx.Client, memory: RememberingRouter, ann: User, bob: User
) -> None:
    for number in range(101):
        memory.remember(ann, f"Number {number}")
    elsewhere = str(uuid4())
    memory.put(ann, ["notes"], elsewhere, {"text": "of another program"})
    bobs = memory.remember(bob, "Bob's")

    assert client.delete("/api/memories").json() == {"deleted": 101}

    assert memory.remembered(ann) == [elsewhere]
    assert memory.remembered(bob) == [bobs]
    assert client.delete("/api/memories").json() == {"deleted": 0}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/memories"),
        ("DELETE", "/api/memories"),
        ("DELETE", f"/api/memories/{SOME_ID}"),
    ],
)
def test_a_router_that_is_down_is_told_as_such(manager: Manager, ann: User, method: str, path: str) -> None:
    with running_manager(UNREACHABLE) as alone, alone.client(ann) as client:
        refused = client.request(method, path)

    assert (refused.status_code, error_code(refused)) == (503, "memories_unavailable")


def test_what_the_router_should_not_answer_is_not_passed_on(manager: Manager, ann: User) -> None:
    """The scripted router has no store: 404 to all of it."""
    with manager.client(ann) as client:
        refused = client.get("/api/memories")

    assert (refused.status_code, error_code(refused)) == (502, "memories_failed")


def test_who_has_too_many_is_told_to_go_on(
    client: httpx.Client, memory: RememberingRouter, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.remember(ann, "A memory")
    with monkeypatch.context() as hurried:
        hurried.setattr("django_admin.memories.client.DELETE_ALL_SECONDS", 0)
        refused = client.delete("/api/memories")

    assert (refused.status_code, error_code(refused)) == (504, "deadline_exceeded")
    assert client.delete("/api/memories").json() == {"deleted": 1}


def test_reading_and_deleting_are_two_scopes(
    client: httpx.Client, memory: RememberingRouter, ann: User, remembering: Manager
) -> None:
    memory_id = memory.remember(ann, "Mine")
    for scope, allowed in ((Scope.MEMORIES_READ, "GET"), (Scope.MEMORIES_WRITE, "DELETE")):
        key = do_create_key(ann, name=scope, scopes=[scope], days=1).text
        with remembering.client() as program:
            program.headers["Authorization"] = f"Bearer {key}"
            for method, path in (("GET", "/api/memories"), ("DELETE", f"/api/memories/{memory_id}")):
                response = program.request(method, path)
                if method == allowed:
                    assert response.is_success
                else:
                    assert (response.status_code, error_code(response)) == (403, "scope_missing")
    assert memory.remembered(ann) == []
