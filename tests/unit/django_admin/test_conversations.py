"""A person's conversations through the API, and the services."""

from uuid import uuid4

import httpx
import pytest

from tests.fakes.manager import make_user, running_manager
from tests.fakes.router_server import FakeRouter, Gate
from tests.fakes.turns import document_turn
from tests.unit.django_admin.streams import asking, error_code, frames, ids_of


def _ask(client: httpx.Client, message: str) -> str:
    conversation_id: str = client.post("/api/chat", json={"message": message}).json()["conversation_id"]
    return conversation_id


def _titles(client: httpx.Client, query: str = "") -> list[str]:
    return [item["title"] for item in client.get(f"/api/conversations{query}").json()["items"]]


def test_lists_the_persons_own_latest_first(client: httpx.Client, bobs_client: httpx.Client) -> None:
    first = _ask(client, "First")
    _ask(client, "Second")
    _ask(bobs_client, "Bob's")
    client.post("/api/chat", json={"message": "Again", "conversation_id": first})

    assert _titles(client) == ["First", "Second"]
    assert _titles(bobs_client) == ["Bob's"]


def test_pages_and_searches(client: httpx.Client) -> None:
    for number in range(3):
        _ask(client, f"Question {number}")
    _ask(client, "거래처 매출을 알려줘")

    assert _titles(client, "?limit=2&offset=1") == ["Question 2", "Question 1"]
    assert client.get("/api/conversations?limit=1").json()["total"] == 4
    assert _titles(client, "?search=question 1") == ["Question 1"]
    assert _titles(client, "?search=매출") == ["거래처 매출을 알려줘"]
    assert len(_titles(client, "?search=150,000")) == 4, "answers are searched too"
    assert _titles(client, "?search=%25") == []
    assert client.get("/api/conversations?limit=101").status_code == 422


def test_a_long_question_makes_a_short_title(client: httpx.Client) -> None:
    _ask(client, "What does\nthe policy say " + "about hotels " * 20)

    (title,) = _titles(client)
    assert title.startswith("What does the policy say about hotels")
    assert title.endswith("…")
    assert len(title) <= 80


def test_messages_are_paged_from_the_end(client: httpx.Client) -> None:
    conversation_id = _ask(client, "One")
    client.post("/api/chat", json={"message": "Two", "conversation_id": conversation_id})
    path = f"/api/conversations/{conversation_id}"

    latest = client.get(f"{path}?limit=2").json()
    earlier = client.get(f"{path}?limit=2&before={latest['messages'][0]['id']}").json()

    assert (latest["messages"][0]["content"], latest["has_more"]) == ("Two", True)
    assert (earlier["messages"][0]["content"], earlier["has_more"]) == ("One", False)
    assert client.get(f"{path}?before={uuid4()}").status_code == 404


def test_renames(client: httpx.Client) -> None:
    path = f"/api/conversations/{_ask(client, 'Old')}"

    assert client.patch(path, json={"title": "  New  name "}).json()["title"] == "New name"
    assert _titles(client) == ["New name"]
    assert client.patch(path, json={"title": "   "}).json()["error"]["code"] == "title_empty"
    assert client.patch(path, json={"title": "x" * 81}).status_code == 422


def test_deletes_also_what_the_agents_remember(client: httpx.Client, router: FakeRouter) -> None:
    conversation_id = _ask(client, "Forget this")

    assert client.delete(f"/api/conversations/{conversation_id}").status_code == 204

    assert router.deleted == [conversation_id]
    gone = client.get(f"/api/conversations/{conversation_id}")
    assert (gone.status_code, error_code(gone)) == (404, "conversation_not_found")
    assert client.delete(f"/api/conversations/{conversation_id}").status_code == 404


def test_deleting_stops_what_runs(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(gate, *document_turn())
    with asking(client) as source:
        conversation_id, _ = ids_of(source)
        gate.wait_until_reached()
        assert client.delete(f"/api/conversations/{conversation_id}").status_code == 204
        assert list(frames(source))[-1].event["code"] == "interrupted"
    gate.open()
    assert router.deleted == [conversation_id]
    assert _titles(client) == []


def test_deletes_with_the_router_down(transactional_db: None, router: FakeRouter) -> None:
    with running_manager("http://127.0.0.1:9") as manager, manager.client(make_user("ann")) as client:
        details = client.post("/api/chat", json={"message": "hi"}).json()["error"]["details"]

        assert client.delete(f"/api/conversations/{details['conversation_id']}").status_code == 204
        assert _titles(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_somebody_elses_is_not_found(
    client: httpx.Client, bobs_client: httpx.Client, router: FakeRouter, method: str
) -> None:
    conversation_id = _ask(bobs_client, "Bob's")

    response = client.request(method, f"/api/conversations/{conversation_id}", json={"title": "Mine"})

    assert (response.status_code, error_code(response)) == (404, "conversation_not_found")
    assert _titles(bobs_client) == ["Bob's"]
    assert not router.deleted


def test_services_in_the_persons_language_without_addresses(client: httpx.Client, router: FakeRouter) -> None:
    response = client.get("/api/services", headers={"Accept-Language": "ko"})

    services = {service["name"]: service for service in response.json()["services"]}
    assert services["document"] == {"name": "document", "title": "문서", "status": "ok"}
    assert services["router"]["status"] == "ok"
    assert services["client"]["status"] == "down"
    assert "127.0.0.1" not in response.text
