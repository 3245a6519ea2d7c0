"""The commands of the v3 event protocol, and how they are refused."""

import asyncio
from typing import Any

import pytest

from services.agent_server.event_protocol import commands
from services.agent_server.routes import event_protocol
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS, RunningServer
from tests.contract.agent_server.protocol import command, ends, read, start

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECKED = {"assistant_id": "echo", "input": asks()}


async def ask(server: RunningServer, thread_id: str, method: str, params: Any = None) -> dict[str, Any]:
    response = await command(server, thread_id, method, params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert answer["id"] == 7
    return answer


async def finished(server: RunningServer, graph_id: str = "echo") -> str:
    """Return a thread on which a graph has run."""
    thread_id, run_id = await start(server, graph_id, asks())
    await server.sdk().runs.join(thread_id, run_id)
    return thread_id


async def test_answers_are_as_recorded(server: RunningServer) -> None:
    thread_id = fresh_id()
    answer = await ask(server, thread_id, "run.start", CHECKED)
    assert answer == {
        "type": "success",
        "id": 7,
        "result": {"run_id": answer["result"]["run_id"]},
        "meta": {"applied_through_seq": 0},
    }
    assert await ask(server, thread_id, "nope.nope") == {
        "type": "error",
        "id": 7,
        "error": "unknown_command",
        "message": "Unknown protocol command: nope.nope",
    }


async def test_a_command_tells_the_number_before_it(server: RunningServer) -> None:
    thread_id = await finished(server)
    events = await read(server, thread_id, ends())
    answer = await ask(server, thread_id, "run.start", CHECKED)
    assert answer["meta"]["applied_through_seq"] == events[-1]["seq"]
    behind = await read(server, thread_id, ends(), since=answer["meta"]["applied_through_seq"])
    assert answer["result"]["run_id"] in behind[0]["event_id"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("run.start", {}, "invalid_argument"),
        ("run.start", {"assistant_id": "nope"}, "invalid_argument"),
        ("run.start", {**CHECKED, "multitask_strategy": "hope"}, "invalid_argument"),
        ("run.start", {**CHECKED, "unknown": 1}, "invalid_argument"),
        ("run.start", {**CHECKED, "config": 3}, "invalid_argument"),
        ("input.respond", {}, "invalid_argument"),
        ("input.respond", {"interrupt_id": "x", "responses": [{"interrupt_id": "y"}]}, "invalid_argument"),
        ("input.respond", {"interrupt_id": "x", "response": 1, "namespace": []}, "no_such_interrupt"),
        ("input.inject", {"message": {"role": "ai", "content": "hi"}}, "invalid_argument"),
        ("agent.getTree", {"run_id": fresh_id()}, "no_such_run"),
        ("state.get", {"namespace": ["nope:1"]}, "no_such_namespace"),
        ("state.listCheckpoints", {"limit": 0}, "invalid_argument"),
        ("state.fork", {}, "invalid_argument"),
        ("subscription.subscribe", {"channels": ["values"]}, "not_supported"),
        ("subscription.reconnect", {"run_id": "x"}, "not_supported"),
        ("run.input", {}, "unknown_command"),
    ],
)
async def test_bad_commands_are_refused(
    server: RunningServer, method: str, params: dict[str, Any], code: str
) -> None:
    answer = await ask(server, await finished(server), method, params)
    assert (answer["type"], answer["error"]) == ("error", code)
    assert answer["message"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"id": 1},
        {"id": "a", "method": "run.start"},
        {"id": True, "method": "run.start"},
        {"id": -1, "method": "x"},
        {"id": 1, "method": 5},
        {"id": 1, "method": "x", "params": []},
        {"id": 1, "method": "x", "unknown": 1},
    ],
)
async def test_what_is_no_command_is_malformed(server: RunningServer, body: Any) -> None:
    async with server.http() as client:
        response = await client.post(f"/threads/{fresh_id()}/commands", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_input")


async def test_bodies_have_a_limit(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_protocol, "MAX_COMMAND_BYTES", 100)
    assert commands.MAX_COMMAND_BYTES > 100
    response = await command(server, fresh_id(), "run.start", {"assistant_id": "e" * 200})
    assert (response.status_code, response.json()["error"]["code"]) == (413, "command_too_large")


async def test_what_is_no_json_is_refused(server: RunningServer) -> None:
    async with server.http() as client:
        response = await client.post(f"/threads/{fresh_id()}/commands", content=b"{nope")
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_json")


async def test_ids_are_uuids(server: RunningServer) -> None:
    response = await command(server, "nope", "run.start", CHECKED)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "thread_id_invalid")


async def test_several_interrupts_are_answered_at_once_or_one_by_one(server: RunningServer) -> None:
    client = server.sdk()
    for at_once in (True, False):
        thread_id, run_id = await start(server, "two asks", asks())
        await client.runs.join(thread_id, run_id)
        state: Any = await client.threads.get_state(thread_id)
        answers = [
            {"namespace": [], "interrupt_id": found["id"], "response": found["value"]["ask"].upper()}
            for found in state["interrupts"]
        ]
        for given in [{"responses": answers}] if at_once else answers:
            answer = await ask(server, thread_id, "input.respond", given)
            assert answer["type"] == "success", answer
            await client.runs.join(thread_id, answer["result"]["run_id"])
        final: Any = await client.threads.get_state(thread_id)
        assert texts(final["values"]) == ["hi", "first: FIRST", "second: SECOND"]
        again = await ask(server, thread_id, "input.respond", answers[0])
        assert again["error"] == "no_such_interrupt"


async def test_an_answer_carries_an_update(server: RunningServer) -> None:
    thread_id = await finished(server, "ask")
    state: Any = await server.sdk().threads.get_state(thread_id)
    given = {"interrupt_id": state["interrupts"][0]["id"], "response": "yes", "update": {"note": "seen"}}
    answer = await ask(server, thread_id, "input.respond", given)
    values: Any = await server.sdk().runs.join(thread_id, answer["result"]["run_id"])
    assert (values["note"], texts(values)[-1]) == ("seen", "answer: yes")


async def test_an_answer_may_come_before_the_run_has_ended(server: RunningServer) -> None:
    for _ in range(5):
        thread_id, _ = await start(server, "ask", asks())
        (asked,) = await read(server, thread_id, lambda event: True, channels=["input"])
        given = {"interrupt_id": asked["params"]["data"]["interrupt_id"], "response": "yes"}
        assert (await ask(server, thread_id, "input.respond", given))["type"] == "success"


async def test_a_busy_thread_refuses_where_that_is_asked(server: RunningServer) -> None:
    name = fresh_id()
    thread_id, _ = await start(server, "slow", asks(name))
    await asyncio.wait_for(server.gates.started(name).wait(), 10)
    answer = await ask(server, thread_id, "run.start", {**CHECKED, "multitask_strategy": "reject"})
    assert answer["error"] == "invalid_argument"
    assert "already running" in answer["message"]
    tree = await ask(server, thread_id, "agent.getTree")
    assert tree["result"]["tree"] == {"namespace": [], "status": "running", "graph_name": "slow"}
    other = await ask(server, thread_id, "run.start", {**CHECKED, "multitaskStrategy": "interrupt"})
    assert other["type"] == "success"
    await asyncio.wait_for(server.sdk().runs.join(thread_id, other["result"]["run_id"]), 10)
    assert name in server.gates.cancelled


async def test_the_state_is_read_written_and_forked(server: RunningServer) -> None:
    thread_id = await finished(server)
    state = (await ask(server, thread_id, "state.get", {"keys": ["messages", "nope"]}))["result"]
    assert list(state["values"]) == ["messages"]
    listed = (await ask(server, thread_id, "state.listCheckpoints"))["result"]["checkpoints"]
    assert listed[0]["id"] == state["checkpoint"]["id"]
    assert [point["step"] for point in listed] == [1, 0, -1]
    older = await ask(server, thread_id, "state.listCheckpoints", {"before": listed[0]["id"], "limit": 1})
    assert older["result"]["checkpoints"] == listed[1:2]
    injected = {"message": {"role": "user", "content": "more"}}
    assert (await ask(server, thread_id, "input.inject", injected))["result"] == {}
    now = (await ask(server, thread_id, "state.get"))["result"]
    assert texts(now["values"]) == ["hi", "echo: hi", "more"]
    fork = await ask(server, thread_id, "state.fork", {"checkpoint_id": listed[0]["id"], "input": asks("b")})
    values: Any = await server.sdk().runs.join(thread_id, fork["result"]["run_id"])
    assert texts(values) == ["hi", "echo: hi", "b", "echo: b"]
    tree = await ask(server, thread_id, "agent.getTree", {"run_id": fork["result"]["run_id"]})
    assert tree["result"]["tree"]["status"] == "completed"


async def test_a_thread_that_never_ran_has_little_to_tell(server: RunningServer) -> None:
    thread_id = await fresh_thread(server.sdk())
    assert (await ask(server, thread_id, "state.get"))["result"] == {"values": {}}
    assert (await ask(server, thread_id, "state.listCheckpoints"))["result"] == {"checkpoints": []}
    assert (await ask(server, thread_id, "agent.getTree"))["error"] == "no_such_run"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("run.start", CHECKED),
        ("input.respond", {"interrupt_id": "x", "response": 1}),
        ("state.get", {}),
        ("nope", {}),
    ],
)
async def test_others_threads_are_absent(server: RunningServer, method: str, params: dict[str, Any]) -> None:
    thread_id = await finished(server)
    before = await server.sdk().runs.list(thread_id)
    response = await command(server, thread_id, method, params, BORIS)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "thread_not_found")
    assert await server.sdk().runs.list(thread_id) == before
