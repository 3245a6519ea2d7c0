"""POST /api/chat: the answer, what is stored of it, and what is refused."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from django_admin.accounts.models import User
from narutalk.followed_run import MAX_ASKS
from tests.fakes.manager import Manager, make_user, running_manager
from tests.fakes.router_server import Cut, Fail, FakeRouter, Gate, Raw, Refuse, Script
from tests.fakes.turns import (
    DOCUMENT_USAGE,
    TRAVEL_CITATION,
    TURN_USAGE,
    document_turn,
    final_event,
    token_events,
    two_agent_turn,
)
from tests.unit.django_admin.streams import asking, error_code, frames, ids_of, read_messages


def test_answers_a_question(client: httpx.Client, router: FakeRouter) -> None:
    response = client.post("/api/chat", json={"message": "  How much for a hotel?  "})

    assert response.status_code == 200, response.text
    answer = response.json()
    run = router.runs[0]
    assert answer == {
        "response": "Up to **150,000 KRW** a night [1].",
        "intent": "document_search",
        "service_used": "document",
        "confidence": 0.92,
        "conversation_id": run.thread_id,
        "message_id": run.body["input"]["messages"][0]["id"],
        "answer_id": read_messages(client, run.thread_id)[1]["id"],
        "run_id": run.run_id,
        "agents": [
            {
                "name": "document",
                "position": 0,
                "status": "success",
                "duration_ms": 312.5,
                "usage": DOCUMENT_USAGE,
                "degraded": False,
            }
        ],
        "citations": [{**TRAVEL_CITATION, "passage": None, "detail": None}],
        "charts": [],
        "usage": TURN_USAGE,
        "degraded": False,
    }


def test_asks_the_router_in_the_persons_name(manager: Manager, router: FakeRouter) -> None:
    user = make_user("chief", roles=["manager"])
    user.groups.create(name="compliance")
    message_id = str(uuid4())

    with manager.client(user) as client:
        client.post(
            "/api/chat",
            json={"message": "매출은?", "message_id": message_id},
            headers={"X-Request-ID": "request-0001"},
        )

    run = router.runs[0]
    assert run.body == {
        "assistant_id": "supervisor",
        "input": {"messages": [{"role": "user", "content": "매출은?", "id": message_id}]},
        "stream_mode": ["custom"],
        "stream_resumable": True,
        "if_not_exists": "create",
        "on_disconnect": "continue",
        "multitask_strategy": "enqueue",
        "metadata": {"task_id": message_id},
    }
    assert run.identity.user_id == str(user.pk)
    assert run.identity.roles == {"user", "manager"}
    assert run.identity.groups == {"compliance"}
    assert run.identity.conversation_id == run.thread_id
    assert run.headers["x-request-id"] == "request-0001"


def test_stores_question_and_answer(client: httpx.Client, router: FakeRouter) -> None:
    router.script(*two_agent_turn())

    answer = client.post("/api/chat", json={"message": "Who sold the most?"}).json()

    question, stored = read_messages(client, answer["conversation_id"])
    assert (question["role"], question["content"], question["id"]) == (
        "user",
        "Who sold the most?",
        answer["message_id"],
    )
    assert stored["reply_to"] == question["id"]
    assert (stored["status"], stored["content"]) == ("complete", answer["response"])
    assert [agent["task"] for agent in stored["agents"]] == [
        "Top performers of the third quarter",
        "Hotel costs in the travel policy",
    ]
    assert [(tool["name"], tool["status"], tool["duration_ms"]) for tool in stored["tools"]] == [
        ("top_performers", "success", 64.9),
        ("search_documents", "success", 38.2),
    ]
    assert stored["route"]["method"] == "classifier"
    assert stored["citations"] == answer["citations"]
    assert stored["usage"] == TURN_USAGE
    assert stored["run_id"] == answer["run_id"]
    assert stored["duration_ms"] > 0


def test_goes_on_in_a_conversation(client: httpx.Client, router: FakeRouter) -> None:
    first = client.post("/api/chat", json={"message": "작년 매출은?"}).json()
    second = client.post(
        "/api/chat", json={"message": "And this year?", "conversation_id": first["conversation_id"]}
    ).json()

    assert second["conversation_id"] == first["conversation_id"]
    assert [run.thread_id for run in router.runs] == [first["conversation_id"]] * 2
    messages = read_messages(client, first["conversation_id"])
    assert [m["role"] for m in messages] == ["user", "assistant"] * 2
    assert [m["language"] for m in messages] == ["ko", "ko", "en", "en"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": ""}, "message_empty"),
        ({"message": " \n\t\u0000 "}, "message_empty"),
        ({"message": "x" * 8001}, "message_too_long"),
        ({"message": 42}, "message_invalid"),
        ({"message": None}, "message_invalid"),
        ({"message": ["hi"]}, "message_invalid"),
        ({}, "message_invalid"),
        ([], "message_invalid"),
        (["hi"], "message_invalid"),
        ("hi", "message_invalid"),
        ({"message": "hi", "conversation_id": "no uuid"}, "invalid_input"),
        ({"message": "hi", "message_id": 7}, "invalid_input"),
        (b"{", "invalid_json"),
        (b'{"message": "\\ud800"}', "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
    ],
)
@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/stream"])
def test_refuses_malformed_questions(
    client: httpx.Client, router: FakeRouter, path: str, body: Any, code: str
) -> None:
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}

    response = client.post(path, **sent)

    assert response.status_code == 422, response.text
    assert error_code(response) == code
    assert client.get("/api/conversations").json()["total"] == 0
    assert not router.runs


def test_takes_a_question_of_exactly_the_limit(client: httpx.Client) -> None:
    assert client.post("/api/chat", json={"message": "가" * 8000}).status_code == 200


def test_refuses_a_body_beyond_all_bounds(client: httpx.Client) -> None:
    response = client.post("/api/chat", json={"message": "x" * 3_000_000})

    assert (response.status_code, error_code(response)) == (413, "too_large")


def test_unknown_and_foreign_conversations_look_the_same(
    client: httpx.Client, bobs_client: httpx.Client, router: FakeRouter
) -> None:
    bobs = bobs_client.post("/api/chat", json={"message": "hi"}).json()["conversation_id"]
    router.runs.clear()

    for conversation_id in (bobs, str(uuid4())):
        response = client.post("/api/chat", json={"message": "hi", "conversation_id": conversation_id})
        assert (response.status_code, error_code(response)) == (404, "conversation_not_found")
    assert not router.runs


def test_the_same_message_id_never_asks_twice(client: httpx.Client, router: FakeRouter) -> None:
    body = {"message": "How much?", "message_id": str(uuid4())}

    first, second = (client.post("/api/chat", json=body).json() for _ in range(2))

    assert first == second
    assert len(router.runs) == 1
    assert client.get("/api/conversations").json()["total"] == 1


def test_the_same_message_id_at_the_same_time_asks_once(client: httpx.Client, router: FakeRouter) -> None:
    gate = Gate()
    router.script(gate, *document_turn())
    body = {"message": "How much?", "message_id": str(uuid4())}

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(client.post, "/api/chat", json=body) for _ in range(8)]
        gate.wait_until_reached()
        gate.open()
        answers = [call.result() for call in calls]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(router.runs) == 1


def test_a_question_that_is_stored_but_not_yet_running_is_joined(
    client: httpx.Client, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_admin.gateway import turns

    body = {"message": "How much?", "message_id": str(uuid4())}
    store, stored, overtaken = turns._store, threading.Event(), threading.Event()

    def slow_store(*args: Any, **kwargs: Any) -> Any:
        first_call = not stored.is_set()
        result = store(*args, **kwargs)
        stored.set()
        if first_call:
            overtaken.wait(0.5)  # nobody may be answered before the first: this takes its whole time
        return result

    monkeypatch.setattr(turns, "_store", slow_store)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "/api/chat", json=body)
        assert stored.wait(10)
        second = pool.submit(client.post, "/api/chat", json=body)
        second.add_done_callback(lambda _: overtaken.set())

    assert first.result().status_code == 200
    assert second.result().text == first.result().text
    assert len(router.runs) == 1


def test_a_message_id_belongs_to_one_question(client: httpx.Client, bobs_client: httpx.Client) -> None:
    body = {"message": "How much?", "message_id": str(uuid4())}
    client.post("/api/chat", json=body)

    other_text = client.post("/api/chat", json={**body, "message": "How many?"})
    assert (other_text.status_code, error_code(other_text)) == (409, "message_id_reused")
    someone_else = bobs_client.post("/api/chat", json=body)
    assert (someone_else.status_code, error_code(someone_else)) == (404, "message_not_found")


FAULTS: list[tuple[Script, int, str]] = [
    ((Refuse(503),), 503, "router_unavailable"),
    ((Refuse(500),), 502, "turn_failed"),
    ((Refuse(422),), 502, "turn_failed"),
    ((*document_turn()[:6], Fail()), 502, "turn_failed"),
    ((*document_turn()[:6], Cut()), 503, "router_unavailable"),
    (document_turn()[:6], 502, "turn_failed"),
    (
        ({"type": "error", "code": "model_unavailable", "message": "The model is down."},),
        502,
        "model_unavailable",
    ),
]


@pytest.mark.parametrize(("script", "status", "code"), FAULTS, ids=lambda value: str(value)[:12])
def test_a_failed_turn_keeps_the_question_for_another_try(
    client: httpx.Client, router: FakeRouter, script: Script, status: int, code: str
) -> None:
    asks = MAX_ASKS if code == "router_unavailable" else 1
    for _ in range(asks):
        router.script(*script)
    body = {"message": "How much?", "message_id": str(uuid4())}

    response = client.post("/api/chat", json=body)

    assert (response.status_code, error_code(response)) == (status, code)
    assert len(router.runs) == asks
    details = response.json()["error"]["details"]
    assert details["message_id"] == body["message_id"]
    question, failed = read_messages(client, details["conversation_id"])
    assert (question["content"], failed["status"], failed["error"]["code"]) == ("How much?", "error", code)

    again = client.post("/api/chat", json=body)
    assert again.status_code == 200, again.text
    messages = read_messages(client, details["conversation_id"])
    assert [m["status"] for m in messages] == ["complete", "complete"]
    assert messages[1]["error"] is None


def test_a_router_that_dies_in_the_middle_is_not_noticed(client: httpx.Client, router: FakeRouter) -> None:
    whole = document_turn()
    router.script(*whole[:6], Cut())
    router.script(*whole[:3], Fail("RunLost"))
    router.script(*whole)
    with asking(client) as source:
        events = [frame.event for frame in frames(source)]
    router.script(*whole)
    with asking(client) as source:
        undisturbed = [frame.event for frame in frames(source)]
    assert [(e["type"], e.get("text")) for e in events] == [(e["type"], e.get("text")) for e in undisturbed]
    assert events[-1]["response"] == undisturbed[-1]["response"]
    questions = [run.body["input"]["messages"][0]["id"] for run in router.runs]
    assert len(set(questions[:3])) == 1
    assert len({run.run_id for run in router.runs}) == 4


def taken_back_turn(text: str) -> list[dict[str, Any]]:
    """Return a turn whose language model broke off within its answer."""
    whole = document_turn(text)
    reset = {"type": "reset", "agent": None}
    partial = token_events("Hotels cost about ")
    degraded = final_event(text, degraded=True)
    return [*whole[:5], *partial, reset, *token_events(text), whole[-2], degraded]


def test_a_turn_without_its_language_model_says_so(client: httpx.Client, router: FakeRouter) -> None:
    router.script(*taken_back_turn("Up to 150,000 KRW."))

    answer = client.post("/api/chat", json={"message": "How much?"}).json()

    assert (answer["response"], answer["degraded"]) == ("Up to 150,000 KRW.", True)
    assert read_messages(client, answer["conversation_id"])[1]["degraded"] is True


def test_text_that_was_taken_back_is_not_kept_of_a_turn_that_failed(
    client: httpx.Client, router: FakeRouter
) -> None:
    router.script(*taken_back_turn("Up to 150,000 KRW.")[:-2], Fail())

    response = client.post("/api/chat", json={"message": "How much?"})

    failed = read_messages(client, response.json()["error"]["details"]["conversation_id"])[1]
    assert failed["content"] == "Up to 150,000 KRW."


@pytest.mark.parametrize("seen", range(6, 13))
def test_a_turn_that_took_text_back_is_followed_on_wherever_it_broke_off(
    client: httpx.Client, router: FakeRouter, seen: int
) -> None:
    whole = taken_back_turn("Up to 150,000 KRW.")
    router.script(*whole[:seen], Cut())
    router.script(*whole[:3], Fail("RunLost"))
    router.script(*whole)

    with asking(client) as source:
        events = [frame.event for frame in frames(source)]

    shown = [event.get("text", "|") for event in events if event["type"] in ("token", "reset")]
    assert "".join(shown) == "Hotels cost about |Up to 150,000 KRW."


def test_a_run_is_followed_on_behind_the_last_event(client: httpx.Client, router: FakeRouter) -> None:
    whole = document_turn()
    router.script(*whole[:6], Cut())
    router.script_rest(*whole[6:])
    with asking(client) as source:
        events = [frame.event for frame in frames(source)]
    assert [event["type"] for event in events] == [event["type"] for event in whole]
    assert router.joins == [(router.runs[0].run_id, "6")]
    assert len(router.runs) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Send it", "**Employees, Clients**: waiting for an approval"),
        ("보내 줘", "**직원, 거래처**: 계속하려면 승인"),
    ],
)
def test_a_turn_whose_agents_wait_says_so_and_the_conversation_goes_on(
    client: httpx.Client, router: FakeRouter, text: str, says: str
) -> None:
    names = ("document", "employee", "client")
    delegations = [{"agent": name, "task": name, "confidence": 0.9} for name in names]
    router.script(
        {
            "type": "route",
            "delegations": delegations,
            "confidence": 0.9,
            "method": "classifier",
            "intent": "x",
        },
        *({"type": "agent_start", "agent": name, "task": name} for name in names),
        {"type": "agent_end", "agent": "document", "status": "success", "duration_ms": 5},
        {"type": "interrupt", "agent": "employee", "id": "i1", "value": {"question": "Send it?"}},
        {"type": "interrupt", "agent": "client", "id": "i2", "value": None},
    )
    with asking(client, text) as source:
        conversation_id, _ = ids_of(source)
        events = [frame.event for frame in frames(source)]
    assert [event["type"] for event in events[-3:]] == ["interrupt", "interrupt", "final"]
    assert events[-3]["value"] == {"question": "Send it?"}
    final = events[-1]
    assert says in final["response"]
    assert [(agent["name"], agent["status"]) for agent in final["agents"]] == [
        ("document", "success"),
        ("employee", "interrupted"),
        ("client", "interrupted"),
    ]
    _, answer = read_messages(client, conversation_id)
    assert (answer["status"], answer["content"], answer["error"]) == ("complete", final["response"], None)
    assert answer["id"] == final["answer_id"]
    following = client.post("/api/chat", json={"message": "And?", "conversation_id": conversation_id})
    assert following.status_code == 200


def test_an_answer_whose_events_were_lost_is_read_from_the_conversation(
    client: httpx.Client, router: FakeRouter
) -> None:
    message_id = str(uuid4())
    final = {**document_turn()[-1], "message_id": message_id}
    router.state = {"values": {"final": final}, "tasks": []}
    router.script(*document_turn()[:6])
    answer = client.post("/api/chat", json={"message": "How much?", "message_id": message_id}).json()
    assert answer["response"] == final["response"]
    router.script(*document_turn()[:6])
    other = client.post("/api/chat", json={"message": "How much?"})
    assert (other.status_code, error_code(other)) == (502, "turn_failed"), "it is another question's"


def test_the_router_is_down(transactional_db: None, router: FakeRouter) -> None:
    with running_manager("http://127.0.0.1:9") as manager, manager.client(make_user("ann")) as client:
        response = client.post("/api/chat", json={"message": "Are you there?"})

        assert (response.status_code, error_code(response)) == (503, "router_unavailable")
        question, answer = read_messages(client, response.json()["error"]["details"]["conversation_id"])
        assert (question["content"], answer["error"]["code"]) == ("Are you there?", "router_unavailable")


def test_a_slow_turn_ends_at_the_deadline(transactional_db: None, router: FakeRouter) -> None:
    gate = Gate()
    router.script(*document_turn()[:6], gate)
    with (
        running_manager(router.url, turn_deadline_seconds=0.5) as manager,
        manager.client(make_user("ann")) as client,
    ):
        response = client.post("/api/chat", json={"message": "How much?"})
        router.wait_for_cancel()
        gate.open()

        assert (response.status_code, error_code(response)) == (504, "deadline_exceeded")
        _, answer = read_messages(client, response.json()["error"]["details"]["conversation_id"])
        assert (answer["status"], answer["content"]) == ("error", "Up ")


def test_passes_over_events_it_does_not_know(client: httpx.Client, router: FakeRouter) -> None:
    unknown = (
        Raw(b'event: custom\r\ndata: {"type": "new"}\r\n\r\n'),
        Raw(b"event: updates\r\ndata: {}\r\n\r\n"),
    )
    router.script(*unknown, *document_turn())

    assert client.post("/api/chat", json={"message": "How much?"}).status_code == 200


def test_what_a_database_cannot_store_is_left_out(client: httpx.Client, router: FakeRouter) -> None:
    router.script(*document_turn("one\x00 two \\u0000 three"))

    answer = client.post("/api/chat", json={"message": "How much?"}).json()

    assert answer["response"] == "one two \\u0000 three"
    assert read_messages(client, answer["conversation_id"])[1]["status"] == "complete"


def test_an_inactive_person_is_refused(client: httpx.Client, ann: User) -> None:
    ann.is_active = False
    ann.save()

    response = client.post("/api/chat", json={"message": "hi"})

    assert (response.status_code, error_code(response)) == (401, "unauthenticated")
