"""Threads that end by themselves, are pruned, or keep a bounded number of checkpoints."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import NotFoundError, UnprocessableEntityError

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS, RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON_MINUTES = 0.001
WAIT_SECONDS = 20


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


async def _is_gone(client: LangGraphClient, thread_id: str) -> bool:
    try:
        await client.threads.get(thread_id)
    except NotFoundError:
        return True
    return False


async def _ran(client: LangGraphClient, times: int = 2) -> str:
    thread_id = await fresh_thread(client)
    for number in range(times):
        await client.runs.wait(thread_id, "echo", input=asks(str(number)))
    return thread_id


async def test_a_thread_ends_when_its_time_is_over(either_server: RunningServer) -> None:
    client = either_server.sdk()
    kept = await client.threads.create(ttl=60)
    soon = await client.threads.create(ttl={"ttl": SOON_MINUTES, "strategy": "delete"})
    later = await _ran(client)
    await client.threads.update(later, metadata={}, ttl={"ttl": SOON_MINUTES, "strategy": "delete"})
    await _until(lambda: _is_gone(client, soon["thread_id"]))
    await _until(lambda: _is_gone(client, later))
    shown: Any = await client.threads.get(kept["thread_id"], include=["ttl"])
    assert (shown["ttl"]["strategy"], shown["ttl"]["ttl_minutes"]) == ("delete", 60)


async def test_a_thread_is_reduced_when_its_time_is_over(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await _ran(client)
    await client.threads.update(thread_id, metadata={}, ttl={"ttl": SOON_MINUTES, "strategy": "keep_latest"})

    async def is_reduced() -> bool:
        return len(await client.threads.get_history(thread_id)) == 1

    await _until(is_reduced)
    thread: Any = await client.threads.get(thread_id, include=["ttl"])
    assert thread["ttl"] is None
    assert texts(thread["values"]) == ["0", "echo: 0", "1", "echo: 1"]


async def test_a_thread_does_not_end_under_a_run(either_server: RunningServer) -> None:
    client, name = either_server.sdk(), fresh_id()
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "slow", input=asks(name))
    await asyncio.wait_for(either_server.gates.started(name).wait(), WAIT_SECONDS)
    await client.threads.update(thread_id, metadata={}, ttl={"ttl": SOON_MINUTES})

    async def is_put_off() -> bool:
        shown: Any = await client.threads.get(thread_id, include=["ttl"])
        left = datetime.fromisoformat(shown["ttl"]["expires_at"]) - datetime.now(UTC)
        return left > timedelta(minutes=0.5)

    await _until(is_put_off)
    either_server.gates.released(name).set()
    await client.runs.join(thread_id, run["run_id"])


async def test_refuses_a_time_that_is_none(server: RunningServer) -> None:
    for ttl in ({"ttl": 0}, {"ttl": 5, "strategy": "forget"}, {"ttl": 5, "unit": "days"}):
        with pytest.raises(UnprocessableEntityError):
            await server.sdk().threads.create(ttl=ttl)
    async with server.http() as http:
        answer = await http.get(f"/threads/{await fresh_thread(server.sdk())}", params={"include": "runs"})
        assert answer.json()["error"]["code"] == "include_invalid"


async def test_prunes_to_the_newest_state(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id, untouched = await _ran(client), await _ran(client)
    before = await client.threads.get_state(thread_id)
    assert await client.threads.prune([thread_id], strategy="keep_latest") == {"pruned_count": 1}
    [left] = await client.threads.get_history(thread_id)
    assert left == before | {"parent_checkpoint": None, "parent_checkpoint_id": None}
    values = await client.runs.wait(thread_id, "echo", input=asks("on"))
    assert texts(values)[-2:] == ["on", "echo: on"]
    assert len(await client.threads.get_history(untouched)) == 6


async def test_prunes_an_interrupted_thread_that_then_goes_on(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await _ran(client)
    await client.runs.wait(thread_id, "ask", input=asks())
    await client.threads.prune([thread_id], strategy="keep_latest")
    values = await client.runs.wait(thread_id, "ask", command={"resume": "yes"})
    assert texts(values)[-1] == "answer: yes"


async def test_prunes_by_deleting_only_what_is_the_callers(either_server: RunningServer) -> None:
    client, others = either_server.sdk(), either_server.sdk(BORIS)
    thread_id, foreign = await _ran(client, 1), await _ran(others, 1)
    assert await client.threads.prune([thread_id, thread_id, foreign, fresh_id()]) == {"pruned_count": 1}
    assert await client.threads.prune([foreign], strategy="keep_latest") == {"pruned_count": 0}
    assert await _is_gone(client, thread_id)
    assert len(await others.threads.get_history(foreign)) == 3
    assert await client.threads.prune([]) == {"pruned_count": 0}
    with pytest.raises(UnprocessableEntityError):
        await client.threads.prune(["no-uuid"])


async def test_says_what_a_thread_occupies(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await _ran(client)
    async with either_server.http() as http:
        sizes = (await http.get(f"/threads/{thread_id}/storage")).json()
        parts = [sizes[name]["bytes"] for name in ("checkpoints", "channel_values", "pending_writes")]
        assert sizes["total_bytes"] == sum(parts) > 1000
        assert sizes["checkpoints"]["count"] == 6
        await client.threads.prune([thread_id], strategy="keep_latest")
        pruned = (await http.get(f"/threads/{thread_id}/storage")).json()
    assert pruned["checkpoints"]["count"] == 1
    assert pruned["pending_writes"]["count"] == 0
    by_channel = pruned["channel_values"]["by_channel"]
    assert all(entry["versions"] == 1 for entry in by_channel.values())


async def test_a_long_thread_keeps_a_bounded_number_of_states(bounded_server: RunningServer) -> None:
    client = bounded_server.sdk()
    thread_id = await fresh_thread(client)
    for number in range(6):
        await client.runs.wait(thread_id, "parent", input=asks(str(number)))

    async def is_bounded() -> bool:
        return len(await client.threads.get_history(thread_id, limit=100)) == 8

    await _until(is_bounded)
    history = await client.threads.get_history(thread_id, limit=100)
    oldest = history[-1]
    assert oldest["parent_checkpoint"] is None
    forked: Any = await client.runs.wait(
        thread_id, "echo", input=asks("fork"), checkpoint=oldest["checkpoint"]
    )
    assert texts(forked)[-2:] == ["fork", "echo: fork"]
    assert texts(forked)[:-2] == texts(oldest["values"])
