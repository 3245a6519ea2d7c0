"""Readers of a thread's events whose server is killed, and who go on at another instance."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.agent_server.asking import fresh_id
from tests.contract.agent_server.conftest import make_settings, serve
from tests.contract.agent_server.protocol import ends, read
from tests.contract.agent_server.served_process import serve_in_process

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

STEPS, STEPS_BEFORE_THE_KILL = 60, 10
WAIT_SECONDS = 30


class Reader:
    """Reads a thread's events until its server dies."""

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        self.events: list[dict[str, Any]] = []
        self.warm = asyncio.Event()

    async def read(self, http: httpx.AsyncClient) -> None:
        path, body = f"/threads/{self.thread_id}/stream/events", {"channels": ["custom", "lifecycle"]}
        async with http.stream("POST", path, json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    self.events.append(json.loads(line[6:]))
                if len(self.events) > STEPS_BEFORE_THE_KILL:
                    self.warm.set()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_reader_goes_on_where_it_was_when_the_server_is_killed(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    async with serve_in_process(tmp_path, url) as first, serve(make_settings(tmp_path, url)) as second:
        http = first.client.http.client
        reader = Reader(fresh_id())
        params = {
            "assistant_id": "ticks",
            "input": {"limit": STEPS},
            "config": {"recursion_limit": 2 * STEPS},
        }
        body = {"id": 1, "method": "run.start", "params": params}
        started = await http.post(f"/threads/{reader.thread_id}/commands", json=body)
        assert started.json()["type"] == "success"
        reading = asyncio.create_task(reader.read(http))
        await asyncio.wait_for(reader.warm.wait(), WAIT_SECONDS)
        await first.kill()
        await asyncio.wait((reading,))
        assert isinstance(reading.exception(), httpx.HTTPError), "killed in the middle"
        channels = ["custom", "lifecycle"]
        rest = await read(second, reader.thread_id, ends(), channels=channels, since=reader.events[-1]["seq"])
        whole = await read(second, reader.thread_id, ends(), channels=channels)
    events = [*reader.events, *rest]
    assert events == whole
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
    ticks = [event["params"]["data"]["tick"] for event in events if event["method"] == "custom"]
    assert list(dict.fromkeys(ticks)) == list(range(STEPS)), "each step was told, in its order"
    states = [event["params"]["data"]["event"] for event in events if event["method"] == "lifecycle"]
    assert states == ["running", "running", "completed"]
