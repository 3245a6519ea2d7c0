"""The stream of a thread: its runs one after the other, wherever they work."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread
from tests.contract.agent_server.conftest import BORIS, RunningServer
from tests.contract.agent_server.test_following import Pair, pair

__all__ = ["pair"]  # the fixture

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 10


class Stream:
    """The events of a stream as they come."""

    def __init__(self, parts: AsyncIterator[Any]) -> None:
        self._parts = parts
        self.ids: list[str] = []

    async def until(self, name: str, **data: Any) -> list[tuple[str, Any]]:
        """Return the events up to one with a name and, in its data, some fields."""
        found = []
        async with asyncio.timeout(SECONDS):
            async for part in self._parts:
                found.append((part.event, part.data))
                self.ids.append(part.id)
                if part.event == name and data.items() <= dict(part.data or {}).items():
                    return found
        raise AssertionError(f"ended after {found}")


@asynccontextmanager
async def following(server: RunningServer, thread_id: str, **options: Any) -> AsyncIterator[Stream]:
    parts = await server.sdk().threads.join_stream(thread_id, **options)
    stream = Stream(parts)
    try:
        yield stream
    finally:
        await parts.aclose()  # type: ignore[attr-defined]


def names(found: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in found]


async def test_all_runs_of_a_thread_are_followed_from_any_instance(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    runs = [await client.runs.create(thread_id, "echo", input=asks(text)) for text in ("one", "two")]
    async with following(pair.here, thread_id, last_event_id="-") as stream:
        for run in runs:
            found = await stream.until("metadata", status="run_done", run_id=run["run_id"])
            assert names(found) == ["metadata", "values", "values", "metadata"]
            assert found[0][1] == {"run_id": run["run_id"], "attempt": 1}
        third = await pair.here.sdk().runs.create(thread_id, "echo", input=asks("three"))
        await stream.until("metadata", status="run_done", run_id=third["run_id"])
    ids = stream.ids
    assert ids == [f"{run['run_id']}:{number}" for run in (*runs, third) for number in range(4)]
    async with following(pair.here, thread_id, last_event_id=ids[1]) as again:
        await again.until("metadata", status="run_done", run_id=third["run_id"])
        assert again.ids == ids[2:]
    async with following(pair.there, thread_id, last_event_id=ids[3]) as again:
        await again.until("metadata", status="run_done", run_id=runs[1]["run_id"])
        assert again.ids == ids[4:8]


async def test_without_an_id_it_begins_now(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "echo", input=asks())
    name = fresh_id()
    run = await client.runs.create(thread_id, "slow", input=asks(name), stream_mode="custom")
    await asyncio.wait_for(pair.there.gates.started(name).wait(), SECONDS)
    async with pair.here.http() as http, http.stream("GET", f"/threads/{thread_id}/stream") as response:
        pair.there.gates.released(name).set()
        seen = ""
        async for text in response.aiter_text():
            seen += text
            if "run_done" in seen:
                break
    assert '{"tick":1}' in seen
    assert '"attempt"' not in seen
    assert run["run_id"] in seen


async def test_lifecycle_tells_beginnings_and_ends(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "fail", input=asks())
    async with following(pair.here, thread_id, last_event_id="-", stream_mode="lifecycle") as stream:
        found = await stream.until("metadata", status="run_done")
    assert found == [
        ("metadata", {"run_id": run["run_id"], "attempt": 1}),
        ("metadata", {"status": "run_done", "run_id": run["run_id"]}),
    ]


async def test_changes_of_the_state_are_told(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "echo", input=asks())
    path = f"/threads/{thread_id}/stream?stream_mode=state_update&stream_mode=lifecycle"
    async with pair.here.http() as http, http.stream("GET", path) as response:
        assert response.headers["location"] == path
        await client.threads.update_state(thread_id, {"note": "changed"}, as_node="echo")
        seen = ""
        async for text in response.aiter_text():
            seen += text
            if seen.endswith("\r\n\r\n") and "state_update" in seen:
                break
    event, data = seen.strip().split("\r\n")
    assert event == "event: state_update"
    told = json.loads(data.removeprefix("data: "))
    assert told["thread_id"] == thread_id
    assert told["state"]["values"]["note"] == "changed"


async def test_it_ends_with_the_thread(pair: Pair) -> None:
    client = pair.there.sdk()
    thread_id = await fresh_thread(client)
    async with pair.here.http() as http, http.stream("GET", f"/threads/{thread_id}/stream") as response:
        await client.threads.delete(thread_id)
        assert await asyncio.wait_for(response.aread(), SECONDS) == b""


async def test_what_is_not_the_callers_or_makes_no_sense_is_refused(pair: Pair) -> None:
    thread_id = await fresh_thread(pair.there.sdk())
    path = f"/threads/{thread_id}/stream"
    async with pair.here.http(BORIS) as http:
        assert (await http.get(path)).status_code == 404
    async with pair.here.http() as http:
        wrong_mode = await http.get(path, params={"stream_mode": "values"})
        wrong_id = await http.get(path, headers={"Last-Event-ID": "seven"})
    assert (wrong_mode.status_code, wrong_mode.json()["error"]["code"]) == (422, "stream_mode_invalid")
    assert (wrong_id.status_code, wrong_id.json()["error"]["code"]) == (422, "event_id_invalid")
