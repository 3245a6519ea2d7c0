"""24 questions through the real processes: figures against SQL, sources against the files that hold them."""

import json
from collections.abc import Iterator

import httpx
import pytest

from narutalk.identity import Role
from tests.company import Company
from tests.integration.questions import ENGLISH, KOREAN, Case, ask, check, name_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chat(company: Company) -> Iterator[httpx.Client]:
    with company.login() as client:
        yield client


@pytest.mark.parametrize("expected", [*ENGLISH, *KOREAN], ids=name_of)
def test_the_answer_is_right(company: Company, chat: httpx.Client, expected: Case) -> None:
    check(company, chat, expected)


def test_there_are_twelve_questions_in_each_language() -> None:
    assert len(ENGLISH) == len(KOREAN) == 12


def test_what_was_found_nowhere_has_no_sources(chat: httpx.Client) -> None:
    for question in (ENGLISH[-1].question, KOREAN[-1].question):
        assert ask(chat, question)["citations"] == []


def test_conversations_remember_how_each_answer_came_about(chat: httpx.Client) -> None:
    answer = ask(chat, ENGLISH[8].question)
    stored = chat.get(f"/api/conversations/{answer['conversation_id']}").json()
    question, reply = stored["messages"]
    assert question["content"] == ENGLISH[8].question
    assert reply["content"] == answer["response"]
    assert {agent["name"] for agent in reply["agents"]} == {"document", "employee"}
    assert reply["citations"] == answer["citations"]
    assert reply["confidence"] == answer["confidence"]
    assert reply["duration_ms"] > 0


def test_a_turn_ends_as_a_run_that_succeeded(company: Company, chat: httpx.Client) -> None:
    answer = ask(chat, ENGLISH[3].question)
    runs = httpx.get(
        f"{company.settings.service_urls('router')[0]}/threads/{answer['conversation_id']}/runs",
        headers={"Authorization": f"Bearer {company.token(Role.ADMIN)}"},
    )
    assert [run["status"] for run in runs.json()] == ["success"]


def test_one_request_id_is_in_the_logs_of_every_process(company: Company, chat: httpx.Client) -> None:
    request_id = "integration-test-0001"
    answer = chat.post(
        "/api/chat", json={"message": KOREAN[4].question}, headers={"X-Request-ID": request_id}
    )
    assert answer.headers["X-Request-ID"] == request_id
    for service in ("manager", "router", "employee"):
        # The line is written when the response has ended: its last bytes may be here a moment before.
        found = company.wait_until_logged(
            service, rf'.*"event": "request".*{request_id}.*|.*{request_id}.*"event": "request".*'
        )
        assert json.loads(found)["service"] == service
