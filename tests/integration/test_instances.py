"""Two instances of everything, and one of them killed while it has a question: nobody notices."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import httpx
import pytest

from tests.company import Company, start_company

pytestmark = pytest.mark.slow

WAIT_SECONDS = 60
QUESTIONS_AT_ONCE = 4
SCALE = ("--scale", "document=2,client=2", "--scale", "employee=2", "--scale", "router=2")
QUESTIONS = {
    "document": ("How long must my password be?", "14 characters"),
    "employee": (
        "How many employees are in the Sales department?",
        "105 people work in the Sales department",
    ),
    "client": ("What are the top 3 clients in Busan this year?", "2026-01-01"),
    "router": ("How many employees are in the Sales department?", "105 people work in the Sales department"),
}


@pytest.fixture(scope="module")
def doubled(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company with two instances of each service, over a copy of the loaded data."""
    data_dir = tmp_path_factory.mktemp("doubled") / "data"
    company.copy_data(data_dir)
    with start_company(data_dir, *SCALE) as started:
        yield started


def ask(chat: httpx.Client, question: str) -> dict[str, Any]:
    response = chat.post("/api/chat", json={"message": question})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def runs_of(company: Company, instance: str) -> int:
    log = company.settings.data_dir / "logs" / f"{instance}.log"
    return log.read_text(errors="replace").count("/runs/stream")


def test_every_instance_works(doubled: Company) -> None:
    # Requests for the health take their turns among the routers too: which question each gets is not fixed.
    idle = {f"{service}-{number}": service for service in QUESTIONS for number in (1, 2)}
    with doubled.login() as chat:
        deadline = time.monotonic() + WAIT_SECONDS
        while idle:
            assert time.monotonic() < deadline, f"not used: {list(idle)}"
            for service in set(idle.values()):
                question, expected = QUESTIONS[service]
                assert expected in ask(chat, question)["response"]
            idle = {instance: service for instance, service in idle.items() if not runs_of(doubled, instance)}


@pytest.mark.parametrize("service", list(QUESTIONS))
def test_an_instance_killed_in_the_middle_is_not_noticed_and_works_again(
    doubled: Company, service: str
) -> None:
    question, expected = QUESTIONS[service]
    instance = f"{service}-1"
    killed = doubled.child_pids()[instance]
    # Frozen, it takes questions and does not answer. Of two questions that one client has, each instance gets
    # one; of four, each router gets one at least, and some router two: so one is stuck for certain.
    os.kill(killed, signal.SIGSTOP)
    with doubled.login() as chat, ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
        asked = [pool.submit(ask, chat, question) for _ in range(QUESTIONS_AT_ONCE)]
        for answered, _ in enumerate(as_completed(asked, WAIT_SECONDS), 1):
            if answered == QUESTIONS_AT_ONCE // 2:
                break
        assert not all(future.done() for future in asked)
        os.kill(killed, signal.SIGKILL)
        for future in asked:
            answer = future.result(WAIT_SECONDS)
            assert expected in answer["response"]
            assert {agent["status"] for agent in answer["agents"]} == {"success"}
            stored = chat.get(f"/api/conversations/{answer['conversation_id']}").json()["messages"]
            assert [message["status"] for message in stored] == ["complete", "complete"]
        doubled.wait_until_printed(rf"{instance} ended \(killed by SIGKILL\)")
        doubled.wait_until_healthy(instance)
        before = runs_of(doubled, instance)
        deadline = time.monotonic() + WAIT_SECONDS
        while runs_of(doubled, instance) == before:
            assert expected in ask(chat, question)["response"]
            assert time.monotonic() < deadline, "it is not used again"


def test_what_one_document_service_indexes_the_other_finds(doubled: Company) -> None:
    headers = {"Authorization": f"Bearer {doubled.token('admin')}"}
    first, second = (doubled.instance_url(f"document-{number}") for number in (1, 2))
    text = {"title": "Lockers", "text": "# Lockers\n\nThe lockers of the night shift are in room 707."}
    with httpx.Client(headers=headers, timeout=30) as client:
        job = client.post(f"{first}/index", json={"documents": [text]}).json()["job_id"]
        status = ""
        for _ in range(1000):
            status = client.get(f"{second}/index/{job}").json()["status"]
            if status not in ("queued", "running"):
                break
        assert status == "succeeded"
        query = {"query": "Where are the lockers of the night shift?"}
        for url in (second, first):
            hits = client.post(f"{url}/search", json=query).json()["hits"]
            assert "707" in hits[0]["text"], (url, hits)
        client.delete(f"{second}/documents/{hits[0]['document_id']}").raise_for_status()
        left = client.post(f"{first}/search", json=query).json()["hits"]
        assert not [hit for hit in left if "707" in hit["text"]]
