"""What a person sees when a process is down, slow or comes back."""

import os
import signal
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.company import Company, start_company

pytestmark = pytest.mark.slow

AGENT_DEADLINE_SECONDS = "2"
TWO_AGENTS = "How long must my password be and how many employees are in the Sales department?"
ONE_AGENT = "How many employees are in the Sales department?"


@pytest.fixture(scope="module")
def fragile(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company with a short deadline, over a copy of the loaded data."""
    data_dir = tmp_path_factory.mktemp("fragile") / "data"
    company.copy_data(data_dir)
    deadline = {"NARUTALK_AGENT_DEADLINE_SECONDS": AGENT_DEADLINE_SECONDS}
    with start_company(data_dir, environment=deadline) as started:
        yield started


@pytest.fixture
def chat(fragile: Company) -> Iterator[httpx.Client]:
    with fragile.login() as client:
        yield client


def statuses(answer: dict[str, Any]) -> dict[str, str]:
    return {agent["name"]: agent["status"] for agent in answer["agents"]}


def test_a_slow_agent_is_left_out_and_named(fragile: Company, chat: httpx.Client) -> None:
    employee = fragile.child_pids()["employee"]
    os.kill(employee, signal.SIGSTOP)
    try:
        answer = chat.post("/api/chat", json={"message": TWO_AGENTS}).json()
    finally:
        os.kill(employee, signal.SIGCONT)
    assert statuses(answer) == {"document": "success", "employee": "timeout"}
    assert "14 characters" in answer["response"]
    assert (
        "**Employees** is missing from this answer: the service did not answer in time" in answer["response"]
    )
    assert statuses(chat.post("/api/chat", json={"message": ONE_AGENT}).json()) == {"employee": "success"}


def test_a_dead_agent_is_named_and_comes_back(fragile: Company, chat: httpx.Client) -> None:
    os.kill(fragile.child_pids()["employee"], signal.SIGKILL)
    answer = chat.post("/api/chat", json={"message": TWO_AGENTS}).json()
    assert statuses(answer) == {"document": "success", "employee": "unavailable"}
    assert "14 characters" in answer["response"]
    assert "the service cannot be reached right now" in answer["response"]
    fragile.wait_until_printed(r"employee ended \(killed by SIGKILL\); restarting in 0\.5 s")
    fragile.wait_until_healthy("employee")
    assert statuses(chat.post("/api/chat", json={"message": ONE_AGENT}).json()) == {"employee": "success"}


def test_a_question_survives_a_dead_router(fragile: Company, chat: httpx.Client) -> None:
    os.kill(fragile.child_pids()["router"], signal.SIGKILL)
    message_id = str(uuid4())
    body = {"message": ONE_AGENT, "message_id": message_id}
    failed = chat.post("/api/chat", json=body)
    assert failed.status_code == 503
    assert failed.json()["error"]["code"] == "router_unavailable"
    conversation = chat.get("/api/conversations").json()["items"][0]
    stored = chat.get(f"/api/conversations/{conversation['id']}").json()["messages"]
    assert stored[0]["content"] == ONE_AGENT
    fragile.wait_until_printed(r"router ended")
    fragile.wait_until_healthy("router")
    again = chat.post("/api/chat", json=body).json()
    assert statuses(again) == {"employee": "success"}
    assert again["message_id"] == message_id


def test_conversations_go_on_after_the_router_came_back(fragile: Company, chat: httpx.Client) -> None:
    first = chat.post("/api/chat", json={"message": "What are the top 3 clients in Busan this year?"}).json()
    ended = fragile.printed().count("router ended")
    os.kill(fragile.child_pids()["router"], signal.SIGKILL)
    fragile.wait_until_printed(rf"(?s)(router ended.*){{{ended + 1}}}")
    fragile.wait_until_healthy("router")
    follow_up = {"message": "And last year?", "conversation_id": first["conversation_id"]}
    answer = chat.post("/api/chat", json=follow_up).json()
    assert "2025-01-01" in answer["response"]
