"""The bytes of a stream: order, names, ids, heartbeats, readers that come late and readers that leave."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from services.agent_server.events import transport
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import RunningServer
from tests.contract.agent_server.test_runs import start_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")


def parse(body: str) -> list[dict[str, str]]:
    """Return the events of a stream, comments left out."""
    events = []
    for block in body.split("\r\n\r\n"):
        fields = dict(
            line.split(": ", 1) for line in block.split("\r\n") if line and not line.startswith(":")
        )
        if fields:
            events.append(fields)
    return events


async def stream(server: RunningServer, graph_id: str, **body: Any) -> list[dict[str, str]]:
    async with server.http() as client:
        response = await client.post("/runs/stream", json={"assistant_id": graph_id, "input": asks(), **body})
    assert response.status_code == 200, response.text
    return parse(response.text)


async def test_frames_are_as_recorded(server: RunningServer) -> None:
    async with server.http() as client:
        response = await client.post("/runs/stream", json={"assistant_id": "echo", "input": asks()})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["location"] == f"{response.headers['content-location']}/stream"
    assert response.text.startswith('event: metadata\r\ndata: {"run_id":"')
    assert "\n" not in response.text.replace("\r\n", "")
    events = parse(response.text)
    assert [event["event"] for event in events] == ["metadata", "values", "values", "end"]
    assert [event["id"] for event in events] == ["0", "1", "2", "3"]
    assert list(json.loads(events[-2]["data"])["messages"][1]) == [
        "content",
        "additional_kwargs",
        "response_metadata",
        "type",
        "name",
        "id",
        "tool_calls",
        "invalid_tool_calls",
        "usage_metadata",
    ]


async def test_messages_grow(server: RunningServer) -> None:
    events = await stream(server, "talk", stream_mode=["messages"])
    names = [event["event"] for event in events]
    assert names[:2] == ["metadata", "messages/metadata"]
    assert set(names[2:-1]) == {"messages/partial"}
    partials = [json.loads(event["data"])[0] for event in events if event["event"] == "messages/partial"]
    assert [partial["content"] for partial in partials[:5]] == [
        "hello",
        "hello ",
        "hello brave",
        "hello brave ",
        "hello brave world",
    ]
    assert {partial["type"] for partial in partials} == {"ai"}


async def test_a_whole_message_is_complete_at_once(server: RunningServer) -> None:
    events = await stream(server, "echo", stream_mode=["messages"])
    assert [event["event"] for event in events] == [
        "metadata",
        "messages/metadata",
        "messages/complete",
        "end",
    ]


async def test_subgraphs_carry_their_namespace(server: RunningServer) -> None:
    events = await stream(
        server, "parent", stream_mode=["values", "updates", "messages-tuple", "custom"], stream_subgraphs=True
    )
    names = [event["event"].split(":")[0] for event in events]
    for expected in ("values", "updates", "values|child", "custom|child", "messages|child", "updates|child"):
        assert expected in names


async def test_checkpoints_name_their_place_and_hide_internals(server: RunningServer) -> None:
    events = await stream(server, "talk", stream_mode=["debug", "checkpoints", "tasks"])
    checkpoints = [json.loads(event["data"]) for event in events if event["event"] == "checkpoints"]
    assert checkpoints[0]["checkpoint"]["checkpoint_id"]
    assert checkpoints[1]["parent_checkpoint"] == checkpoints[0]["checkpoint"]
    body = json.dumps([event["data"] for event in events])
    assert 'langgraph_auth_user\\\\\\"' not in body
    assert "__pregel" not in body.replace("__pregel_pull", "")
    debug = [json.loads(event["data"]) for event in events if event["event"] == "debug"]
    assert [entry["type"] for entry in debug] == [
        "checkpoint",
        "checkpoint",
        "task",
        "task_result",
        "checkpoint",
    ]


async def test_callbacks_are_events(server: RunningServer) -> None:
    events = await stream(server, "talk", stream_mode=["events", "updates"])
    callbacks = [json.loads(event["data"]) for event in events if event["event"] == "events"]
    assert "on_chat_model_stream" in {callback["event"] for callback in callbacks}
    assert [event["event"] for event in events if event["event"] != "events"] == [
        "metadata",
        "updates",
        "end",
    ]


async def test_an_error_comes_before_the_end(server: RunningServer) -> None:
    events = await stream(server, "fail", stream_mode=["values", "updates"])
    assert [event["event"] for event in events] == ["metadata", "values", "updates", "values", "error", "end"]
    assert json.loads(events[-2]["data"]) == {"error": "ValueError", "message": "boom from node"}


async def test_an_interrupt_is_in_updates_and_values(server: RunningServer) -> None:
    events = await stream(server, "ask", stream_mode=["values", "updates"])
    assert [event["event"] for event in events] == ["metadata", "values", "updates", "values", "end"]
    update, values = json.loads(events[2]["data"]), json.loads(events[3]["data"])
    assert update["__interrupt__"] == values["__interrupt__"]
    assert set(update["__interrupt__"][0]) == {"value", "id", "response_schema"}


async def test_silence_is_filled_with_heartbeats(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "HEARTBEAT_SECONDS", 0.05)
    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)
    base = f"/threads/{thread_id}/runs/{run_id}"
    async with server.http() as http, http.stream("GET", f"{base}/stream") as response:
        async for line in response.aiter_lines():
            if line == ": heartbeat":
                break
    async with server.http() as http, http.stream("GET", f"{base}/join") as response:
        chunks = response.aiter_bytes()
        assert (await anext(chunks)) == b"\n"
        server.gates.released(name).set()
        assert texts(json.loads(b"".join([chunk async for chunk in chunks])))[-1] == f"slow: {name}"


async def test_a_reader_goes_on_behind_its_last_event(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)
    server.gates.released(name).set()
    await client.runs.join(thread_id, run_id)
    whole = [event async for event in client.runs.join_stream(thread_id, run_id)]
    rest = [event async for event in client.runs.join_stream(thread_id, run_id, last_event_id="1")]
    assert [event.event for event in whole] == ["metadata", "values", "custom", "custom", "values", "end"]
    assert rest == whole[2:]


async def test_many_readers_get_the_same(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)

    async def read() -> list[str]:
        return [event.event async for event in client.runs.join_stream(thread_id, run_id)]

    readers = [asyncio.create_task(read()) for _ in range(3)]
    server.gates.released(name).set()
    first, *others = await asyncio.gather(*readers)
    assert all(other == first for other in others)
    assert first[-1] == "end"


@pytest.mark.parametrize("how", ["stream", "wait"])
async def test_a_run_outlives_its_reader(server: RunningServer, how: str) -> None:
    name, thread_id, run_id = await _leave(server, how, on_disconnect="continue")
    server.gates.released(name).set()
    values = await server.sdk().runs.join(thread_id, run_id)
    assert texts(values)[-1] == f"slow: {name}"


@pytest.mark.parametrize("how", ["stream", "wait"])
async def test_a_run_stops_with_its_reader_when_asked(server: RunningServer, how: str) -> None:
    name, thread_id, run_id = await _leave(server, how, on_disconnect="cancel")
    await server.sdk().runs.join(thread_id, run_id)
    assert name in server.gates.cancelled
    assert (await server.sdk().runs.get(thread_id, run_id))["status"] == "interrupted"


async def _leave(server: RunningServer, how: str, *, on_disconnect: str) -> tuple[str, str, str]:
    """Start a slow run and drop the connection while it works."""
    name, thread_id = fresh_id(), fresh_id()
    body = {
        "assistant_id": "slow",
        "input": asks(name),
        "on_disconnect": on_disconnect,
        "if_not_exists": "create",
    }
    async with server.http() as client:
        request = client.build_request("POST", f"/threads/{thread_id}/runs/{how}", json=body)
        response = await client.send(request, stream=True)
        await asyncio.wait_for(server.gates.started(name).wait(), 10)
        run_id = response.headers["content-location"].rpartition("/")[2]
        await response.aclose()
    return name, thread_id, run_id


async def test_a_cancelled_run_says_so_to_its_readers(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    _, run_id = await start_slow(server, client, thread_id)
    reading = asyncio.create_task(_read(client, thread_id, run_id))
    await client.runs.cancel(thread_id, run_id, wait=True)
    assert (await reading)[-2:] == ["error", "end"]


async def _read(client: Any, thread_id: str, run_id: str) -> list[str]:
    return [event.event async for event in client.runs.join_stream(thread_id, run_id)]


async def test_the_answer_of_a_stream_is_not_buffered(server: RunningServer) -> None:
    name = fresh_id()
    body = {"assistant_id": "slow", "input": asks(name), "stream_mode": ["custom"]}
    async with server.http() as client, client.stream("POST", "/runs/stream", json=body) as response:
        seen = ""
        async for text in response.aiter_text():
            seen += text
            if "tick" in seen:
                break
        assert '{"tick":0}' in seen
        server.gates.released(name).set()


async def test_a_stateless_stream_can_be_joined(server: RunningServer) -> None:
    async with server.http() as client:
        first = await client.post("/runs/stream", json={"assistant_id": "echo", "input": asks()})
        again = await client.get(first.headers["location"])
    assert again.text == first.text
    assert isinstance(first, httpx.Response)
