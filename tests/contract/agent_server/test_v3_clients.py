"""The v3 event protocol as the unmodified Python clients use it."""

import asyncio
from typing import Any

import pytest
from langgraph.types import Command
from langgraph_sdk import get_sync_client

from tests.contract.agent_server.asking import asks, fresh_thread, texts
from tests.contract.agent_server.conftest import ANNA, RunningServer
from tests.contract.agent_server.instances import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRANSPORTS = ("sse", "websocket")
WORDS = ["hello", " ", "brave", " ", "world"]


def thread_of(
    server: RunningServer, graph_id: str, transport: Any = "sse", thread_id: str | None = None
) -> Any:
    # The SDK's WebSocket sends only the headers of the stream itself.
    return server.sdk().threads.stream(
        thread_id, assistant_id=graph_id, transport=transport, headers=server.headers(ANNA)
    )


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_messages_are_streamed_by_their_words(server: RunningServer, transport: str) -> None:
    async with thread_of(server, "talk", transport) as thread, asyncio.timeout(20):
        await thread.run.start(input=asks())
        messages = [message async for message in thread.messages]
        assert [[word async for word in message.text] for message in messages] == [WORDS]
        values = await thread.output
    assert values["messages"][1]["content"][0]["text"] == "hello brave world"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_values_end_with_the_run(server: RunningServer, transport: str) -> None:
    async with thread_of(server, "echo", transport) as thread, asyncio.timeout(20):
        await thread.run.start(input=asks("hi"))
        seen = [snapshot async for snapshot in thread.values]
    assert texts(seen[-1]) == ["hi", "echo: hi"]


async def test_a_failed_run_raises_its_message(server: RunningServer) -> None:
    async with thread_of(server, "fail") as thread, asyncio.timeout(20):
        await thread.run.start(input=asks())
        with pytest.raises(RuntimeError, match="boom from node"):
            await thread.output


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_interrupt_is_asked_once_and_answered_by_its_id(
    server: RunningServer, transport: str
) -> None:
    async with thread_of(server, "ask", transport) as thread, asyncio.timeout(20):
        await thread.run.start(input=asks())
        async for _ in thread.values:
            pass
        assert [asked["value"] for asked in thread.interrupts] == [{"question": "approve?"}]
        await thread.run.respond("yes")
        values = await thread.output
    assert texts(values) == ["hi", "answer: yes"]


async def test_subgraphs_are_found_and_end(server: RunningServer) -> None:
    async with thread_of(server, "parent") as thread, asyncio.timeout(20):
        await thread.run.start(input=asks())
        found = [subgraph async for subgraph in thread.subgraphs]
        messages = [message async for message in found[0].messages]
    assert [(subgraph.graph_name, subgraph.status) for subgraph in found] == [("child", "completed")]
    assert [await message.text for message in messages] == ["hello brave world"]


async def test_updates_tasks_checkpoints_and_custom_events_arrive(server: RunningServer) -> None:
    async with thread_of(server, "talk") as thread, asyncio.timeout(20):
        await thread.run.start(input=asks())
        seen: dict[str, list[Any]] = {}
        async for event in thread.subscribe(["updates", "tasks", "checkpoints", "custom", "lifecycle"]):
            seen.setdefault(event["method"], []).append(event["params"]["data"])
    assert [list(update) for update in seen["updates"]] == [["talk"]]
    assert [task["name"] for task in seen["tasks"]] == ["talk", "talk"]
    assert [point["step"] for point in seen["checkpoints"]] == [-1, 0, 1]
    assert seen["custom"] == [{"progress": 0.5}, {"progress": 1.0}]


async def test_two_messages_at_once_are_told_apart(server: RunningServer) -> None:
    async with thread_of(server, "duet") as thread, asyncio.timeout(20):
        await thread.run.start(input=asks())
        messages = [message async for message in thread.messages]
    assert [await message.text for message in messages] == ["hello brave world"] * 2


async def test_the_synchronous_client_streams(server: RunningServer) -> None:
    def ask() -> tuple[list[list[str]], Any]:
        client = get_sync_client(url=server.url, api_key=None, headers=server.headers(ANNA))
        with client, client.threads.stream(assistant_id="talk") as thread:
            thread.run.start(input=asks())
            messages = list(thread.messages)
            return [list(message.text) for message in messages], thread.output

    said, values = await asyncio.wait_for(asyncio.to_thread(ask), 20)
    assert said == [WORDS]
    assert len(values["messages"]) == 2


async def test_a_remote_graph_streams_v3_and_takes_turns(server: RunningServer) -> None:
    thread_id = await fresh_thread(server.sdk())
    config = {"configurable": {"thread_id": thread_id}}
    for turn in (1, 2, 3):
        async with asyncio.timeout(20):
            run = await server.remote("echo").astream_events(asks(f"turn {turn}"), config, version="v3")
            async with run:
                values = await run.output()
        assert len(values["messages"]) == 2 * turn


async def test_a_remote_graph_resumes(server: RunningServer) -> None:
    thread_id = await fresh_thread(server.sdk())
    config = {"configurable": {"thread_id": thread_id}}
    async with asyncio.timeout(20):
        async with await server.remote("ask").astream_events(asks(), config, version="v3") as run:
            await until(run.interrupted)
            assert [asked["value"] for asked in await run.interrupts()] == [{"question": "approve?"}]
        async with await server.remote("ask").astream_events(
            Command(resume="go"), config, version="v3"
        ) as run:
            values = await run.output()
    assert texts(values) == ["hi", "answer: go"]


async def test_a_remote_graph_shows_its_extensions(server: RunningServer) -> None:
    async with asyncio.timeout(20):
        async with await server.remote("talk").astream_events(asks(), version="v3") as run:
            custom = [payload async for payload in run.extensions["custom"]]
    assert custom == [{"progress": 0.5}, {"progress": 1.0}]
