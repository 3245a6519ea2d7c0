"""The event stream: what goes over the wire, and what happens when one of the two sides leaves."""

import threading
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fakes.manager import Manager, make_user, running_manager
from tests.fakes.router_server import FakeRouter, Gate
from tests.fakes.turns import document_turn, token_events
from tests.unit.django_admin.streams import asking, error_code, following, frames, ids_of, read_messages

TURN = document_turn()
TOKENS = [event["text"] for event in TURN if event["type"] == "token"]


def test_streams_the_turn(client: httpx.Client, router: FakeRouter) -> None:
    with asking(client) as source:
        conversation_id, message_id = ids_of(source)
        assert source.response.headers["Content-Type"] == "text/event-stream"
        got = list(frames(source))

    assert [frame.type for frame in got] == [event["type"] for event in TURN]
    assert [frame.id for frame in got] == list(range(1, len(TURN) + 1))
    assert "".join(frame.event["text"] for frame in got if frame.type == "token") == "".join(TOKENS)
    final = got[-1].event
    assert (final["conversation_id"], final["message_id"]) == (conversation_id, message_id)
    assert final["run_id"] == router.runs[0].run_id


def test_events_come_as_they_happen(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*TURN[:6], gate, *TURN[6:])

    with asking(client) as source:
        events = frames(source)
        assert [next(events).type for _ in range(6)] == [event["type"] for event in TURN[:6]]
        gate.open()
        assert [frame.type for frame in events][-1] == "final"


def test_a_client_that_leaves_does_not_stop_the_turn(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*TURN[:6], gate, *TURN[6:])
    with asking(client) as source:
        conversation_id, message_id = ids_of(source)
        next(frames(source))

    gate.wait_until_reached()
    assert [m["status"] for m in read_messages(client, conversation_id)] == ["complete", "running"]
    gate.open()
    with following(client, message_id) as source:
        assert list(frames(source))[-1].type == "final"
    assert read_messages(client, conversation_id)[1]["status"] == "complete"
    assert not router.cancelled


def test_a_client_that_leaves_while_its_question_is_stored_is_answered(
    client: httpx.Client, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_admin.gateway import turns

    store, left, message_id = turns._store, threading.Event(), str(uuid4())

    def slow_store(*args: Any, **kwargs: Any) -> Any:
        left.wait(10)
        return store(*args, **kwargs)

    monkeypatch.setattr(turns, "_store", slow_store)
    with manager.client() as leaving:
        leaving.cookies, leaving.headers = client.cookies, client.headers
        with pytest.raises(httpx.ReadTimeout):
            leaving.post("/api/chat", json={"message": "hi", "message_id": message_id}, timeout=0.3)
    client.get("/health")  # the server has seen the other connection close
    left.set()

    answer = client.post("/api/chat", json={"message": "hi", "message_id": message_id})
    assert answer.status_code == 200, answer.text
    assert [m["status"] for m in read_messages(client, answer.json()["conversation_id"])] == ["complete"] * 2


def test_goes_on_after_the_last_event_seen(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*TURN[:6], gate, *TURN[6:])
    with asking(client) as source:
        _, message_id = ids_of(source)
        events = frames(source)
        seen = [next(events) for _ in range(4)]

    with following(client, message_id, after=seen[-1].id) as source:
        events = frames(source)
        seen += [next(events) for _ in range(2)]
        gate.open()
        seen += list(events)

    assert [frame.id for frame in seen] == list(range(1, len(TURN) + 1))
    assert [frame.type for frame in seen] == [event["type"] for event in TURN]


def test_many_readers_of_one_turn(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*TURN[:6], gate, *TURN[6:])
    body = {"message_id": str(uuid4())}
    with asking(client, **body) as first, asking(client, **body) as second:
        gate.wait_until_reached()
        gate.open()
        assert list(frames(first)) == list(frames(second))
    assert len(router.runs) == 1


def test_a_finished_turn_is_its_closing_event(client: httpx.Client, router: FakeRouter) -> None:
    answer = client.post("/api/chat", json={"message": "How much?"}).json()

    with following(client, answer["message_id"], after=7) as source:
        got = list(frames(source))
    with asking(client, "How much?", message_id=answer["message_id"]) as source:
        assert [frame.event for frame in frames(source)] == [got[0].event]

    assert [(frame.id, frame.type) for frame in got] == [(8, "final")]
    assert {**answer, "type": "final"} == got[0].event
    assert len(router.runs) == 1


def test_last_event_id_is_a_number(client: httpx.Client) -> None:
    response = client.get(f"/api/chat/stream/{uuid4()}", headers={"Last-Event-ID": "x"})

    assert (response.status_code, error_code(response)) == (422, "last_event_id_invalid")


def test_somebody_elses_turn_is_not_found(
    client: httpx.Client, bobs_client: httpx.Client, router: FakeRouter
) -> None:
    gate = Gate()
    router.script(*TURN[:6], gate, *TURN[6:])
    with asking(client) as source:
        _, message_id = ids_of(source)
        gate.wait_until_reached()
        for response in (
            bobs_client.get(f"/api/chat/stream/{message_id}"),
            bobs_client.post(f"/api/messages/{message_id}/stop"),
            bobs_client.get(f"/api/chat/stream/{uuid4()}"),
        ):
            assert (response.status_code, error_code(response)) == (404, "message_not_found")
        gate.open()
        assert list(frames(source))[-1].type == "final"


def test_stop_keeps_what_came_so_far(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*TURN[:7], gate, *TURN[7:])
    with asking(client) as source:
        conversation_id, message_id = ids_of(source)
        gate.wait_until_reached()
        stopped = client.post(f"/api/messages/{message_id}/stop")
        closing = list(frames(source))[-1]
    run = router.runs[0]
    assert router.wait_for_cancel() == (run.thread_id, run.run_id)
    gate.open()

    assert stopped.json() == {"message_id": message_id, "status": "interrupted"}
    assert (closing.type, closing.event["code"]) == ("error", "interrupted")
    _, answer = read_messages(client, conversation_id)
    assert (answer["status"], answer["content"]) == ("interrupted", "".join(TOKENS[:2]))
    assert answer["tools"][0]["status"] == "success"
    assert answer["agents"][0]["status"] == "cancelled"
    assert answer["citations"][0]["document_id"] == "travel-policy"


def test_a_stopped_question_can_be_asked_again(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(gate, *TURN)
    with asking(client) as source:
        _, message_id = ids_of(source)
        gate.wait_until_reached()
        client.post(f"/api/messages/{message_id}/stop")
    gate.open()

    with asking(client, message_id=message_id) as source:
        assert list(frames(source))[-1].type == "final"
    assert len(router.runs) == 2


def test_stopping_what_is_over_changes_nothing(client: httpx.Client) -> None:
    answer = client.post("/api/chat", json={"message": "How much?"}).json()

    response = client.post(f"/api/messages/{answer['message_id']}/stop")

    assert response.json()["status"] == "complete"


def test_a_server_that_stops_stores_its_turns_as_interrupted(
    transactional_db: None, router: FakeRouter
) -> None:
    gate = Gate()
    router.script(*TURN[:6], gate)
    user = make_user("ann")
    with running_manager(router.url) as manager, manager.client(user) as client, asking(client) as source:
        conversation_id, _ = ids_of(source)
        gate.wait_until_reached()
    gate.open()

    with running_manager(router.url) as manager, manager.client(user) as client:
        _, answer = read_messages(client, conversation_id)
        assert (answer["status"], answer["content"]) == ("interrupted", TOKENS[0])
        assert answer["error"]["message"] == "The answer was stopped."


def test_a_turn_of_a_dead_process_is_interrupted_at_the_start(
    client: httpx.Client, router: FakeRouter
) -> None:
    from django_admin.conversations.models import Message

    conversation_id = client.post("/api/chat", json={"message": "How much?"}).json()["conversation_id"]
    Message.objects.filter(role="assistant").update(status="running")

    with running_manager(router.url) as restarted:
        cookies = dict(client.cookies)
        with httpx.Client(base_url=restarted.url, cookies=cookies) as again:
            _, answer = read_messages(again, conversation_id)
    assert (answer["status"], answer["error"]["code"]) == ("interrupted", "interrupted")


def test_a_turn_longer_than_the_log_still_ends(
    client: httpx.Client, manager: Manager, router: FakeRouter
) -> None:
    from django_admin.gateway.turn_log import MAX_LOGGED_EVENTS

    text = "word " * (MAX_LOGGED_EVENTS + 100)
    router.script(*token_events(text), document_turn(text)[-1])

    with asking(client) as source:
        got = list(frames(source))
    assert len(got) == MAX_LOGGED_EVENTS + 1
    assert got[-1].event["response"] == text
