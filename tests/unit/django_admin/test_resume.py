"""Answering an approval: what goes to the router, and what is refused."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from httpx_sse import connect_sse

from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import final_event
from tests.unit.django_admin.streams import asking, error_code, frames, ids_of, read_messages

ASKED = {"type": "tool_approval", "name": "remove_document", "args": {"document": "Travel"}}
PAUSED = (
    {"type": "agent_start", "agent": "document", "task": "Remove Travel"},
    {"type": "interrupt", "agent": "document", "id": "i1", "value": ASKED},
)
DONE = (
    {"type": "agent_start", "agent": "document", "task": "Remove Travel"},
    {"type": "agent_end", "agent": "document", "status": "success", "duration_ms": 5},
    final_event("It is removed."),
)


@pytest.fixture
def paused(client: httpx.Client, router: FakeRouter) -> tuple[str, str]:
    """A conversation in which something waits, and the id of its question."""
    router.script(*PAUSED)
    with asking(client, "Remove Travel") as source:
        ids = ids_of(source)
        assert list(frames(source))[-1].type == "final"
    return ids


def resume(client: httpx.Client, conversation_id: str, **body: Any) -> httpx.Response:
    given = {"interrupt_id": "i1", "decision": "approve", **body}
    return client.post(f"/api/conversations/{conversation_id}/resume", json=given)


def test_what_waits_is_told_with_the_conversation(client: httpx.Client, paused: tuple[str, str]) -> None:
    [_, answer] = read_messages(client, paused[0])

    assert answer["agents"][0]["interrupts"] == [{"id": "i1", "value": ASKED}]


@pytest.mark.parametrize(
    ("body", "answer", "words"),
    [
        ({"decision": "approve"}, {"type": "approve"}, "Approved."),
        ({"decision": "refuse"}, {"type": "reject"}, "Refused."),
        (
            {"decision": "edit", "args": {"document": "Leave"}},
            {"type": "edit", "edited_action": {"name": "remove_document", "args": {"document": "Leave"}}},
            "Approved with changes.",
        ),
    ],
)
def test_a_decision_goes_on_with_the_paused_run(
    client: httpx.Client,
    router: FakeRouter,
    paused: tuple[str, str],
    body: dict[str, Any],
    answer: dict[str, Any],
    words: str,
) -> None:
    router.script(*DONE)

    with connect_sse(
        client, "POST", f"/api/conversations/{paused[0]}/resume", json={"interrupt_id": "i1", **body}
    ) as source:
        events = [frame.event for frame in frames(source)]

    assert [event["type"] for event in events] == ["agent_start", "agent_end", "final"]
    assert router.runs[-1].body["command"] == {"resume": {"i1": answer}}
    assert "input" not in router.runs[-1].body
    messages = read_messages(client, paused[0])
    assert [message["content"] for message in messages[2:]] == [words, "It is removed."]


def test_a_repeat_is_answered_once(client: httpx.Client, router: FakeRouter, paused: tuple[str, str]) -> None:
    message_id = str(uuid4())
    router.script(*DONE)

    first = resume(client, paused[0], message_id=message_id)
    again = resume(client, paused[0], message_id=message_id)

    assert (first.status_code, again.status_code) == (200, 200)
    assert "It is removed." in again.text
    assert len(router.runs) == 2


def test_an_agent_that_waits_again_is_answered_again(
    client: httpx.Client, router: FakeRouter, paused: tuple[str, str]
) -> None:
    router.script({"type": "interrupt", "agent": "document", "id": "i2", "value": ASKED})
    router.script(*DONE)

    resume(client, paused[0])
    resume(client, paused[0], interrupt_id="i2", decision="refuse")

    assert router.runs[-1].body["command"] == {"resume": {"i2": {"type": "reject"}}}


def test_the_end_that_was_lost_is_found_by_the_question_that_was_paused(
    client: httpx.Client, router: FakeRouter, paused: tuple[str, str]
) -> None:
    conversation_id, message_id = paused
    router.state = {
        "values": {"final": final_event("It is removed.") | {"message_id": message_id}},
        "tasks": [],
    }
    router.script(DONE[0])

    assert "It is removed." in resume(client, conversation_id).text


def test_a_failed_resumption_is_sent_again(
    client: httpx.Client, router: FakeRouter, paused: tuple[str, str]
) -> None:
    message_id = str(uuid4())
    router.script({"type": "error", "code": "turn_failed", "message": "No."})
    router.script(*DONE)

    failed = resume(client, paused[0], message_id=message_id)
    with asking(client, "Approved.", message_id=message_id, conversation_id=paused[0]) as source:
        events = [frame.event for frame in frames(source)]

    assert "turn_failed" in failed.text
    assert events[-1]["response"] == "It is removed."
    assert router.runs[-1].body["command"] == {"resume": {"i1": {"type": "approve"}}}


def test_what_was_answered_waits_no_more(
    client: httpx.Client, router: FakeRouter, paused: tuple[str, str]
) -> None:
    router.script(*DONE)
    resume(client, paused[0])

    refused = resume(client, paused[0])

    assert (refused.status_code, error_code(refused)) == (409, "nothing_waits")


def test_another_question_gives_up_what_waits(
    client: httpx.Client, router: FakeRouter, paused: tuple[str, str]
) -> None:
    router.script(final_event("Hello."))
    with asking(client, "Hello", conversation_id=paused[0]) as source:
        list(frames(source))

    assert error_code(resume(client, paused[0])) == "nothing_waits"


def test_a_question_of_that_id_is_not_taken_for_a_decision(
    client: httpx.Client, paused: tuple[str, str]
) -> None:
    assert error_code(resume(client, paused[0], message_id=paused[1])) == "message_id_reused"


def test_an_unknown_interrupt_waits_not(client: httpx.Client, paused: tuple[str, str]) -> None:
    assert error_code(resume(client, paused[0], interrupt_id="i9")) == "nothing_waits"


@pytest.mark.parametrize("body", [{"decision": "edit"}, {"decision": "approve", "args": {}}])
def test_arguments_belong_to_an_edit(
    client: httpx.Client, paused: tuple[str, str], body: dict[str, Any]
) -> None:
    assert error_code(resume(client, paused[0], **body)) == "args_invalid"


def test_nobody_answers_for_another_person(bobs_client: httpx.Client, paused: tuple[str, str]) -> None:
    refused = resume(bobs_client, paused[0])

    assert (refused.status_code, error_code(refused)) == (404, "conversation_not_found")
