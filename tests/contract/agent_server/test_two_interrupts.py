"""Two nodes that wait at the same time, and are answered one after the other."""

from typing import Any

import pytest

from tests.contract.agent_server.asking import asks, fresh_thread, texts
from tests.contract.agent_server.conftest import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_thread_waits_until_the_last_answer(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    asked: Any = await client.runs.wait(thread_id, "two asks", input=asks())
    first, second = asked["__interrupt__"]
    left: Any = await client.runs.wait(thread_id, "two asks", command={"resume": {first["id"]: "yes"}})
    assert [entry["id"] for entry in left["__interrupt__"]] == [second["id"]]
    thread = await client.threads.get(thread_id)
    assert thread["status"] == "interrupted"
    assert [entry["id"] for entries in thread["interrupts"].values() for entry in entries] == [second["id"]]
    values: Any = await client.runs.wait(thread_id, "two asks", command={"resume": {second["id"]: "no"}})
    assert texts(values) == ["hi", "first: yes", "second: no"]
    assert (await client.threads.get(thread_id))["status"] == "idle"
