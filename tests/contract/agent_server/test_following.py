"""Runs that work in one instance and are followed, joined and stopped through another one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import delete

from services.agent_server.events import feed
from services.agent_server.storage.models import RunEvents
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS, RunningServer
from tests.contract.agent_server.instances import serve_pair
from tests.contract.agent_server.test_runs import start_slow
from tests.contract.agent_server.test_streams import parse

pytestmark = pytest.mark.asyncio(loop_scope="module")

IDLE_READERS = 30


class Pair(NamedTuple):
    """Two instances of one service over one database."""

    here: RunningServer
    there: RunningServer


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with serve_pair(tmp_path_factory.mktemp("data"), url) as running:
        yield Pair(running.first, running.second)


async def get(server: RunningServer, path: str, **options: Any) -> httpx.Response:
    async with server.http() as client:
        return await client.get(path, **options)


def path_of(thread_id: str, run_id: str) -> str:
    return f"/threads/{thread_id}/runs/{run_id}"


async def test_a_run_is_followed_from_another_instance_while_it_works(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(pair.there, client, thread_id)
    path = f"{path_of(thread_id, run_id)}/stream"
    async with pair.here.http() as http, http.stream("GET", path) as response:
        assert response.headers["location"] == path
        seen = ""
        async for text in response.aiter_text():
            seen += text
            if '{"tick":0}' in seen:
                pair.there.gates.released(name).set()
    whole = (await get(pair.there, path)).text
    assert seen == whole
    assert [event["event"] for event in parse(whole)] == [
        "metadata",
        "values",
        "custom",
        "custom",
        "values",
        "end",
    ]
    rest = await get(pair.here, path, headers={"Last-Event-ID": "1"})
    assert parse(rest.text) == parse(whole)[2:]
    assert (await get(pair.here, path, headers={"Last-Event-ID": "5"})).text == ""


async def test_many_follow_one_run_elsewhere_and_hold_no_connection(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(pair.there, client, thread_id)
    path = f"{path_of(thread_id, run_id)}/stream"
    arrived = [asyncio.Event() for _ in range(IDLE_READERS)]

    async def read(number: int) -> str:
        seen = ""
        async with pair.here.http() as http, http.stream("GET", path) as response:
            async for text in response.aiter_text():
                seen += text
                if "tick" in seen:
                    arrived[number].set()
        return seen

    readers = [asyncio.create_task(read(number)) for number in range(IDLE_READERS)]
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in arrived)), 20)
    assert (await get(pair.here, f"/threads/{thread_id}")).status_code == 200
    pair.there.gates.released(name).set()
    assert len(set(await asyncio.gather(*readers))) == 1


async def test_waiting_for_a_run_elsewhere_answers_its_values(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(pair.there, client, thread_id)
    joining = asyncio.create_task(pair.here.sdk().runs.join(thread_id, run_id))
    pair.there.gates.released(name).set()
    assert texts(await joining)[-1] == f"slow: {name}"
    assert texts(await pair.here.sdk().runs.join(thread_id, run_id))[-1] == f"slow: {name}"


async def test_a_run_that_is_not_recorded_tells_elsewhere_how_it_ended(pair: Pair) -> None:
    name, thread_id = fresh_id(), await fresh_thread(pair.there.sdk())
    body = {"assistant_id": "slow", "input": asks(name)}
    async with (
        pair.there.http() as http,
        http.stream("POST", f"/threads/{thread_id}/runs/stream", json=body) as own,
    ):
        await asyncio.wait_for(pair.there.gates.started(name).wait(), 10)
        async with pair.here.http() as other, other.stream("GET", own.headers["location"]) as following:
            pair.there.gates.released(name).set()
            await own.aread()
            events = parse((await following.aread()).decode())
    assert [event["event"] for event in events] == ["metadata", "values", "end"]
    assert texts(json.loads(events[1]["data"]))[-1] == f"slow: {name}"


async def test_an_ended_run_is_replayed_as_long_as_its_events_are_kept(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "fail", input=asks())
    await client.runs.join(thread_id, run["run_id"])
    path = f"{path_of(thread_id, run['run_id'])}/stream"
    whole = await get(pair.there, path)
    assert [event["event"] for event in parse(whole.text)][-2:] == ["error", "end"]
    assert (await get(pair.here, path)).text == whole.text
    await _delete_events(pair.here, run["run_id"])
    left = parse((await get(pair.here, path)).text)
    assert [event["event"] for event in left] == ["error", "end"]
    assert json.loads(left[0]["data"]) == {"error": "ValueError", "message": "boom from node"}


async def _delete_events(server: RunningServer, run_id: str) -> None:
    engine = server.app.state.server.runs._engine
    async with engine.begin() as connection:
        await connection.execute(delete(RunEvents).where(RunEvents.run_id == run_id))


@pytest.mark.parametrize("how", ["stream", "join"])
async def test_a_reader_elsewhere_that_leaves_stops_the_run_where_it_asked_for_that(
    pair: Pair, how: str
) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(pair.there, client, thread_id)
    path = f"{path_of(thread_id, run_id)}/{how}?cancel_on_disconnect=1"
    async with pair.here.http() as http:
        response = await http.send(http.build_request("GET", path), stream=True)
        await response.aclose()
    await client.runs.join(thread_id, run_id)
    assert name in pair.there.gates.cancelled
    assert (await client.runs.get(thread_id, run_id))["status"] == "interrupted"


async def test_a_run_that_is_deleted_while_it_is_followed_says_so(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    _, run_id = await start_slow(pair.there, client, thread_id)
    path = f"{path_of(thread_id, run_id)}/stream"
    async with pair.here.http() as http, http.stream("GET", path) as response:
        seen, asked = "", None
        async for text in response.aiter_text():
            seen += text
            if "tick" in seen and asked is None:
                asked = asyncio.create_task(client.runs.cancel(thread_id, run_id, action="rollback"))
    assert asked
    await asked
    assert [event["event"] for event in parse(seen)][-2:] == ["error", "end"]
    assert feed.RUN_GONE["error"] in seen


async def test_only_the_asked_stream_modes_are_sent(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "talk", input=asks(), stream_mode=["updates", "custom"])
    for server in pair:
        found = server.sdk().runs.join_stream(thread_id, run["run_id"], stream_mode=["updates"])
        assert [event.event async for event in found] == ["metadata", "updates", "end"]
    path = f"{path_of(thread_id, run['run_id'])}/stream"
    by_javascript = await get(pair.here, path, params={"stream_mode": '["custom"]'})
    assert [event["event"] for event in parse(by_javascript.text)] == ["metadata", "custom", "custom", "end"]
    for wrong in ("nonsense", '["values", 1]', "[broken"):
        answer = await get(pair.here, path, params={"stream_mode": wrong})
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "stream_mode_invalid"


async def test_nobody_follows_a_run_of_another_user(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(pair.there, client, thread_id)
    async with pair.here.http(BORIS) as http:
        for path in ("stream", "join"):
            answer = await http.get(f"{path_of(thread_id, run_id)}/{path}?cancel_on_disconnect=1")
            assert answer.status_code == 404
    assert name not in pair.there.gates.cancelled
    pair.there.gates.released(name).set()
