"""Thumbs on answers through the API."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from django_admin.conversations.models import Feedback, Message
from tests.fakes.router_server import Fail, FakeRouter, Gate
from tests.fakes.turns import document_turn
from tests.unit.django_admin.streams import asking, error_code, ids_of, read_messages

QUESTION = {"message": "How much for a hotel?"}


@pytest.fixture
def answer(client: httpx.Client) -> dict[str, str]:
    """An answer that Ann was given, as the API told it."""
    answer: dict[str, str] = client.post("/api/chat", json=QUESTION).json()
    return answer


def _path(message_id: object) -> str:
    return f"/api/messages/{message_id}/feedback"


def _stored(client: httpx.Client, conversation_id: str) -> object:
    question, answer = read_messages(client, conversation_id)
    assert question["feedback"] is None
    return answer["feedback"]


def test_a_thumb_is_stored_changed_and_taken_back(client: httpx.Client, answer: dict[str, str]) -> None:
    path = _path(answer["answer_id"])
    where = client, answer["conversation_id"]
    assert _stored(*where) is None

    for _ in range(2):  # the same again changes nothing
        given = client.post(path, json={"rating": "down", "comment": " Wrong city.\x00 "})
        assert (given.status_code, given.json()) == (200, {"rating": "down", "comment": "Wrong city."})
    assert _stored(*where) == {"rating": "down", "comment": "Wrong city."}
    client.post(path, json={"rating": "up"})
    assert _stored(*where) == {"rating": "up", "comment": "Wrong city."}
    client.post(path, json={"rating": "up", "comment": ""})
    assert _stored(*where) == {"rating": "up", "comment": ""}
    assert Feedback.objects.count() == 1

    for _ in range(2):
        assert client.post(path, json={"rating": None, "comment": "x"}).json() == {
            "rating": None,
            "comment": "",
        }
    assert _stored(*where) is None
    assert Feedback.objects.count() == 0


def test_two_thumbs_at_once_are_one(client: httpx.Client, answer: dict[str, str]) -> None:
    def rate(_: int) -> int:
        response = client.post(_path(answer["answer_id"]), json={"rating": "up"})
        return response.status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(rate, range(8))) == {200}
    assert Feedback.objects.count() == 1


def test_only_on_ones_own_answers(
    client: httpx.Client, bobs_client: httpx.Client, answer: dict[str, str]
) -> None:
    for rating in ("up", None):
        somebody_elses = bobs_client.post(_path(answer["answer_id"]), json={"rating": rating})
        assert (somebody_elses.status_code, error_code(somebody_elses)) == (404, "message_not_found")
    assert client.post(_path(uuid4()), json={"rating": "up"}).status_code == 404
    question = client.post(_path(answer["message_id"]), json={"rating": "up"})
    assert (question.status_code, error_code(question)) == (409, "not_an_answer")
    assert not Feedback.objects.exists()


def test_only_on_complete_answers(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*document_turn()[:4], gate, Fail())
    with asking(client) as source:
        ids_of(source)
        gate.wait_until_reached()
        answer = Message.objects.get(role="assistant")
        early = client.post(_path(answer.pk), json={"rating": "up"})
        gate.open()
        source.response.read()

    failed = client.post(_path(answer.pk), json={"rating": "up"})
    for response in (early, failed):
        assert (response.status_code, error_code(response)) == (409, "answer_not_complete")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_input"),
        ({"rating": "sideways"}, "invalid_input"),
        ({"rating": 1}, "invalid_input"),
        ({"rating": "up", "comment": 7}, "invalid_input"),
        ({"rating": "up", "comment": "x" * 2001}, "comment_too_long"),
    ],
)
def test_wrong_input_is_refused(
    client: httpx.Client, answer: dict[str, str], body: dict[str, object], code: str
) -> None:
    response = client.post(_path(answer["answer_id"]), json=body)

    assert (response.status_code, error_code(response)) == (422, code)
    assert not Feedback.objects.exists()


def test_feedback_goes_with_the_conversation(client: httpx.Client, answer: dict[str, str]) -> None:
    client.post(_path(answer["answer_id"]), json={"rating": "up", "comment": "x" * 2000})

    client.delete(f"/api/conversations/{answer['conversation_id']}")

    assert not Feedback.objects.exists()
