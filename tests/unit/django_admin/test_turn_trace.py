"""A turn's root run: begun with the question, sent on to the router, ended with the answer."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from django_admin.accounts.models import User
from tests.fakes.langsmith_server import FakeLangSmith, running_langsmith
from tests.fakes.manager import Manager, running_manager
from tests.fakes.router_server import Cut, Fail, FakeRouter, Gate
from tests.fakes.turns import document_turn
from tests.unit.django_admin.streams import asking, ids_of, read_messages


@pytest.fixture
def langsmith() -> Iterator[FakeLangSmith]:
    with running_langsmith() as fake:
        yield fake


@pytest.fixture
def traced(
    manager: Manager, router: FakeRouter, langsmith: FakeLangSmith, ann: User
) -> Iterator[httpx.Client]:
    """Ann's client of a manager that traces to LangSmith."""
    tracing = {
        "langsmith_tracing": True,
        "langsmith_endpoint": langsmith.url,
        "langsmith_api_key": langsmith.key,
    }
    with running_manager(router.url, **tracing) as running, running.client(ann) as client:
        yield client


def _answered(client: httpx.Client, text: str = "How much for a hotel?") -> dict[str, Any]:
    answer = client.post("/api/chat", json={"message": text})
    conversations = client.get("/api/conversations").json()["items"]
    conversation_id = answer.json().get("conversation_id") or conversations[0]["id"]
    return read_messages(client, conversation_id)[-1]


def test_question_and_answer(
    traced: httpx.Client, router: FakeRouter, langsmith: FakeLangSmith, ann: User
) -> None:
    answer = _answered(traced)

    (run,) = langsmith.wait_for_trace(answer["trace_id"])
    assert run["inputs"] == {"question": "How much for a hotel?"}
    assert run["outputs"]["answer"] == answer["content"]
    assert run["outputs"]["agents"]
    metadata = run["extra"]["metadata"]
    assert (metadata["user_id"], metadata["message_id"]) == (str(ann.pk), answer["reply_to"])
    assert metadata["language"] == "en"
    assert not run.get("error")
    assert router.runs[-1].headers["langsmith-trace"] == run["dotted_order"]
    assert "baggage" not in router.runs[-1].headers


def test_a_turn_that_fails(traced: httpx.Client, router: FakeRouter, langsmith: FakeLangSmith) -> None:
    router.script(*document_turn()[:3], Fail())

    answer = _answered(traced)

    assert answer["status"] == "error"
    (run,) = langsmith.wait_for_trace(answer["trace_id"])
    assert run["error"].startswith(f"{answer['error']['code']}: ")


def test_a_turn_that_is_stopped(traced: httpx.Client, router: FakeRouter, langsmith: FakeLangSmith) -> None:
    gate = Gate()
    router.script(*document_turn()[:7], gate)
    with asking(traced) as source:
        conversation_id, message_id = ids_of(source)
        gate.wait_until_reached()
        traced.post(f"/api/messages/{message_id}/stop").raise_for_status()
    gate.open()

    answer = read_messages(traced, conversation_id)[-1]
    (run,) = langsmith.wait_for_trace(answer["trace_id"])
    assert run["outputs"]["status"] == "interrupted"
    assert run["error"].startswith("interrupted: ")


def test_without_tracing(client: httpx.Client, router: FakeRouter) -> None:
    assert _answered(client)["trace_id"] is None
    assert "langsmith-trace" not in router.runs[-1].headers


def test_an_sdk_that_fails_costs_the_trace_only(
    traced: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("langsmith.run_trees.RunTree.patch", broken)
    assert _answered(traced)["status"] == "complete"
    monkeypatch.setattr("langsmith.run_trees.RunTree.post", broken)
    answer = _answered(traced)
    assert (answer["status"], answer["trace_id"]) == ("complete", None)


def test_a_turn_that_is_asked_again_is_one_tree(
    traced: httpx.Client, router: FakeRouter, langsmith: FakeLangSmith
) -> None:
    router.script(*document_turn()[:3], Cut())

    answer = _answered(traced)

    assert answer["status"] == "complete"
    (run,) = langsmith.wait_for_trace(answer["trace_id"])
    assert {asked.headers["langsmith-trace"] for asked in router.runs[-2:]} == {run["dotted_order"]}
