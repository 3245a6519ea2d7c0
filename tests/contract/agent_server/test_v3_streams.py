"""The events of a thread: their order and numbers, what is replayed, and to whom."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete

from services.agent_server.event_protocol import thread_events
from services.agent_server.events import transport
from services.agent_server.storage.models import RunEvents
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread
from tests.contract.agent_server.conftest import BORIS, RunningServer, serve
from tests.contract.agent_server.instances import Pair, serve_pair
from tests.contract.agent_server.protocol import (
    ALL,
    command,
    ends,
    events_of,
    methods,
    read,
    root_state,
    start,
)
from tests.contract.agent_server.test_streams import parse

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATES = ["lifecycle", "input"]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with serve_pair(tmp_path_factory.mktemp("data"), url) as running:
        yield running


async def test_frames_are_as_recorded(server: RunningServer) -> None:
    thread_id, run_id = await start(server, "echo", asks())
    body = {"channels": ["values", "lifecycle"]}
    text = ""
    path = f"/threads/{thread_id}/stream/events"
    async with server.http() as client, client.stream("POST", path, json=body) as response:
        async for part in response.aiter_text():
            text += part
            if "completed" in text:
                break
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    events = parse(text)
    assert [event["event"] for event in events] == ["lifecycle", "values", "values", "lifecycle"]
    assert events[0]["data"].startswith(f'{{"type":"event","event_id":"synth:{run_id}:lc||running","seq":')
    assert [list(event) for event in events] == [["event", "data", "id"]] * 4


async def test_a_silent_stream_is_kept_alive(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.agent_server.routes.event_protocol.HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(transport, "HEARTBEAT_SECONDS", 0.05)
    thread_id = await fresh_thread(server.sdk())
    path = f"/threads/{thread_id}/stream/events"
    body = {"channels": ALL}
    async with server.http() as client, client.stream("POST", path, json=body) as response:
        first = await asyncio.wait_for(anext(response.aiter_text()), 10)
    assert first == ": heartbeat\r\n\r\n"


async def test_numbers_grow_along_a_thread(server: RunningServer) -> None:
    thread_id, _ = await start(server, "talk", asks())
    await read(server, thread_id, ends())
    await start(server, "talk", asks(), thread_id)
    await server.sdk().runs.join(thread_id, (await server.sdk().runs.list(thread_id))[0]["run_id"])
    seen = 0

    def second_end(event: dict[str, Any]) -> bool:
        nonlocal seen
        seen += root_state(event) == "completed"
        return seen == 2

    events = await read(server, thread_id, second_end, since=0)
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] < 2**53
    assert len({event["event_id"] for event in events}) == len(events)


async def test_every_number_replays_what_is_behind_it(server: RunningServer) -> None:
    thread_id, _ = await start(server, "talk", asks())
    whole = await read(server, thread_id, ends())
    for position in range(0, len(whole) - 1, 4):
        rest = await read(server, thread_id, ends(), since=whole[position]["seq"])
        assert rest == whole[position + 1 :]


async def test_every_instance_numbers_alike_and_a_restart_changes_nothing(pair: Pair) -> None:
    thread_id, run_id = await start(pair.first, "parent", asks())
    live = await read(pair.second, thread_id, ends())
    assert await read(pair.first, thread_id, ends()) == live
    await pair.first.sdk().runs.join(thread_id, run_id)
    async with serve(pair.settings, process="host-c/1/1.00") as third:
        assert await read(third, thread_id, ends()) == live
        middle = live[len(live) // 2]["seq"]
        assert await read(third, thread_id, ends(), since=middle) == [
            event for event in live if event["seq"] > middle
        ]


async def test_an_interrupt_is_answered_through_another_instance(pair: Pair) -> None:
    thread_id, _ = await start(pair.first, "ask", asks())
    (asked,) = await read(pair.second, thread_id, lambda event: True, channels=["input"])
    answer = {"interrupt_id": asked["params"]["data"]["interrupt_id"], "namespace": [], "response": "yes"}
    response = await command(pair.second, thread_id, "input.respond", answer)
    assert response.json()["type"] == "success", response.text
    events = await read(pair.first, thread_id, ends("completed"), channels=["values", "lifecycle"])
    assert events[-2]["params"]["data"]["messages"][-1]["content"] == "answer: yes"


async def test_events_that_are_not_kept_any_more_leave_the_end(pair: Pair) -> None:
    thread_id, run_id = await start(pair.first, "ask", asks())
    whole = await read(pair.first, thread_id, ends())
    await pair.first.sdk().runs.join(thread_id, run_id)
    engine = pair.second.app.state.server.feed.store._engine
    async with engine.begin() as connection:
        await connection.execute(delete(RunEvents).where(RunEvents.run_id == run_id))
    left = await read(pair.second, thread_id, ends(), channels=STATES)
    assert methods(left) == ["input.requested", "interrupted"]
    ids = {event["event_id"] for event in whole}
    assert {event["event_id"] for event in left} <= ids


async def test_a_new_reader_gets_the_newest_run(server: RunningServer) -> None:
    thread_id, _ = await start(server, "echo", asks("one"))
    await read(server, thread_id, ends())
    _, second = await start(server, "echo", asks("two"), thread_id)
    await server.sdk().runs.join(thread_id, second)
    events = await read(server, thread_id, ends())
    assert second in events[0]["event_id"]


async def test_who_only_watches_is_not_told_of_a_run_that_ended_long_ago(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread_id, _ = await start(server, "echo", asks("one"))
    await read(server, thread_id, ends())
    monkeypatch.setattr(thread_events, "RECENT", thread_events.RECENT * 0)
    async with events_of(server, thread_id, channels=STATES) as events:
        _, second = await start(server, "echo", asks("two"), thread_id)
        async with asyncio.timeout(10):
            first_seen = await anext(events)
    assert second in first_seen["event_id"]


async def test_who_only_watches_is_told_what_a_thread_waits_for(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_events, "RECENT", thread_events.RECENT * 0)
    thread_id, run_id = await start(server, "ask", asks())
    await server.sdk().runs.join(thread_id, run_id)
    events = await read(server, thread_id, ends(), channels=STATES)
    assert methods(events) == ["running", "input.requested", "interrupted"]


async def test_a_run_of_the_first_protocol_is_seen_too(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    async with events_of(server, thread_id) as events, asyncio.timeout(20):
        run = await client.runs.create(thread_id, "ask", input=asks(), stream_mode=["values", "updates"])
        seen = []
        async for event in events:
            seen.append(event)
            if ends()(event):
                break
    assert methods(seen) == ["running", "values", "input.requested", "values", "interrupted"]
    assert "__interrupt__" not in seen[3]["params"]["data"]
    assert all(run["run_id"] in event["event_id"] for event in seen)


async def test_a_run_of_this_protocol_is_followed_like_any_other(server: RunningServer) -> None:
    client = server.sdk()
    thread_id, run_id = await start(server, "ask", asks())
    parts = [part async for part in client.runs.join_stream(thread_id, run_id, stream_mode="values")]
    assert [part.event for part in parts] == ["metadata", "values", "values", "end"]
    assert parts[2].data["__interrupt__"][0]["value"] == {"question": "approve?"}
    joined: Any = await client.runs.join(thread_id, run_id)
    assert joined["messages"][0]["content"] == "hi"


async def test_a_cancelled_run_is_interrupted_and_its_node_stops_first(server: RunningServer) -> None:
    name = fresh_id()
    thread_id, run_id = await start(server, "slow", asks(name))
    await asyncio.wait_for(server.gates.started(name).wait(), 10)
    await server.sdk().runs.cancel(thread_id, run_id, wait=True)
    assert name in server.gates.cancelled
    events = await read(server, thread_id, ends())
    assert root_state(events[-1]) == "interrupted"


async def test_who_goes_does_not_stop_the_run(server: RunningServer) -> None:
    name = fresh_id()
    thread_id, run_id = await start(server, "slow", asks(name))
    await read(server, thread_id, lambda event: event["method"] == "custom")
    server.gates.released(name).set()
    await server.sdk().runs.join(thread_id, run_id)
    assert (await server.sdk().runs.get(thread_id, run_id))["status"] == "success"


async def test_subgraphs_are_chosen_by_their_namespaces(server: RunningServer) -> None:
    thread_id, _ = await start(server, "parent", asks())
    whole = await read(server, thread_id, ends())
    last_inside = [event for event in whole if event["params"]["namespace"]][-1]
    inside = await read(
        server,
        thread_id,
        lambda event: event["event_id"] == last_inside["event_id"],
        namespaces=[["child"]],
        depth=0,
    )
    assert inside == [event for event in whole if event["params"]["namespace"]]
    only_root = await read(server, thread_id, ends(), namespaces=[[]], depth=0)
    assert only_root == [event for event in whole if not event["params"]["namespace"]]


async def test_a_deleted_thread_ends_its_streams(server: RunningServer) -> None:
    thread_id, run_id = await start(server, "echo", asks())
    await server.sdk().runs.join(thread_id, run_id)
    async with events_of(server, thread_id) as events, asyncio.timeout(10):
        await server.sdk().threads.delete(thread_id)
        assert [event async for event in events]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"channels": ["nope"]}, "channel_unknown"),
        ({"channels": ["custom:"]}, "channel_unknown"),
        ({"channels": []}, "invalid_input"),
        ({}, "invalid_input"),
        ([], "invalid_input"),
        ({"channels": ["values"], "since": -1}, "invalid_input"),
        ({"channels": ["values"], "since": "3"}, "invalid_input"),
        ({"channels": ["values"], "since": 2**53}, "invalid_input"),
        ({"channels": ["values"], "since": 2**53 - 1}, "since_out_of_range"),
        ({"channels": ["values"], "depth": -1}, "invalid_input"),
        ({"channels": ["values"], "namespaces": "x"}, "invalid_input"),
        ({"channels": ["values"], "unknown": 1}, "invalid_input"),
    ],
)
async def test_malformed_requests_are_refused(server: RunningServer, body: Any, code: str) -> None:
    thread_id = await fresh_thread(server.sdk())
    async with server.http() as client:
        response = await client.post(f"/threads/{thread_id}/stream/events", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (422, code)


async def test_others_threads_are_absent(server: RunningServer) -> None:
    thread_id, _ = await start(server, "echo", asks())
    async with server.http(BORIS) as client:
        for absent in (thread_id, fresh_id()):
            path = f"/threads/{absent}/stream/events"
            response = await client.post(path, json={"channels": ["values"]})
            assert (response.status_code, response.json()["error"]["code"]) == (404, "thread_not_found")
