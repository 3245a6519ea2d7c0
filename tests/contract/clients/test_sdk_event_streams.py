"""The SDK's v3 event streams: `threads.stream` over each transport, and `RemoteGraph` on top of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk.client import LangGraphClient

from tests.contract.clients.asking import asks, new_id, texts
from tests.contract.clients.serving import ServedApp

pytestmark = pytest.mark.timeout(30)


@pytest_asyncio.fixture
async def client(served: ServedApp) -> AsyncIterator[LangGraphClient]:
    async with served.sdk() as client:
        yield client


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_a_run_is_started_and_its_values_come(
    served: ServedApp, client: LangGraphClient, transport: Any
) -> None:
    headers = served.headers()  # the SDK's WebSocket does not send those of its client
    async with client.threads.stream(assistant_id="echo", transport=transport, headers=headers) as thread:
        started = await thread.run.start(input=asks())
        assert started["run_id"]
        shown = [values async for values in thread.values]
        assert texts(shown[-1]) == ["hi", "echo: hi"]
        assert texts(await thread.output) == ["hi", "echo: hi"]
    run = await client.runs.get(thread.thread_id, started["run_id"])
    assert run["status"] == "success"


async def test_messages_come_word_by_word(client: LangGraphClient) -> None:
    async with client.threads.stream(assistant_id="talk") as thread:
        await thread.run.start(input=asks())
        messages = [message async for message in thread.messages]
        words = [[word async for word in message.text] for message in messages]
    assert words == [["hello", " ", "brave", " ", "world"]]


async def test_events_of_all_channels_come_in_order(client: LangGraphClient) -> None:
    async with client.threads.stream(assistant_id="parent") as thread:
        await thread.run.start(input=asks())
        seen = []
        async for event in thread.events:
            seen.append(event)
            if _ends_the_run(event):
                break
    numbers = [event["seq"] for event in seen]
    assert numbers == sorted(set(numbers))
    methods = {event["method"] for event in seen}
    assert methods >= {"lifecycle", "values", "updates", "messages", "custom"}
    assert any(event["params"]["namespace"][:1] for event in seen)


def _ends_the_run(event: Any) -> bool:
    place, data = event["params"]["namespace"], event["params"]["data"]
    return event["method"] == "lifecycle" and not place and data["event"] == "completed"


async def test_an_interrupt_is_answered(client: LangGraphClient) -> None:
    async with client.threads.stream(assistant_id="ask") as thread:
        await thread.run.start(input=asks())
        async for _values in thread.values:
            pass
        assert thread.interrupted
        assert [one["value"] for one in thread.interrupts] == [{"question": "approve?"}]
        await thread.run.respond("yes")
        assert texts(await thread.output)[-1] == "answer: yes"


async def test_a_failed_run_says_why(client: LangGraphClient) -> None:
    async with client.threads.stream(assistant_id="fail") as thread:
        await thread.run.start(input=asks())
        with pytest.raises(Exception, match="boom from node"):
            await thread.output


async def test_a_thread_that_ended_is_read_again(client: LangGraphClient) -> None:
    async with client.threads.stream(assistant_id="echo") as first:
        await first.run.start(input=asks())
        await first.output
    async with client.threads.stream(first.thread_id, assistant_id="echo") as again:
        assert texts(await again.output) == ["hi", "echo: hi"]


def test_without_a_loop(served: ServedApp) -> None:
    with served.sync_sdk() as client, client.threads.stream(assistant_id="echo") as thread:
        thread.run.start(input=asks())
        shown = list(thread.values)
        assert texts(shown[-1]) == ["hi", "echo: hi"]
        assert texts(thread.output) == ["hi", "echo: hi"]


async def test_a_remote_graph_streams_its_events(client: LangGraphClient) -> None:
    remote = RemoteGraph("talk", client=client)
    config: Any = {"configurable": {"thread_id": new_id()}}
    async with await remote.astream_events(asks(), config, version="v3") as run:
        messages = [message async for message in run.messages]
        words = [[word async for word in message.text] for message in messages]
        assert words == [["hello", " ", "brave", " ", "world"]]
        assert texts(await run.output()) == ["hi", "hello brave world"]
        assert await run.interrupted() is False
