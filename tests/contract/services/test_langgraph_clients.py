"""An unmodified `RemoteGraph` and `langgraph_sdk` client work against every service."""

from typing import Any

import httpx
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient
from langgraph_sdk.errors import NotFoundError, UnprocessableEntityError

from tests.contract.services.asking import ASKED, answer_of, fresh_id, question_for
from tests.contract.services.running import RunningService

pytestmark = pytest.mark.slow

STREAM_MODES: list[Any] = [
    "values",
    "updates",
    "messages",
    "messages-tuple",
    "custom",
    "tasks",
    "debug",
    "checkpoints",
]
WHOLE_MESSAGES = ("messages/partial", "messages/complete")


def expected(service: RunningService) -> str:
    return ASKED[service.name].expected(service)


def on_thread() -> RunnableConfig:
    return {"configurable": {"thread_id": fresh_id()}}


async def test_the_assistant_is_found_and_described(service: RunningService, sdk: LangGraphClient) -> None:
    found: Any = await sdk.assistants.search()
    assert [entry["graph_id"] for entry in found] == [service.graph_id]
    assert await sdk.assistants.count() == 1
    by_id = await sdk.assistants.get(found[0]["assistant_id"])
    assert by_id == await sdk.assistants.get(service.graph_id)
    schemas = await sdk.assistants.get_schemas(service.graph_id)
    assert schemas["input_schema"] is not None
    assert "messages" in schemas["input_schema"]["properties"]
    drawn: Any = await sdk.assistants.get_graph(service.graph_id)
    names = {node["id"] for node in drawn["nodes"]}
    agents = {"recall", "route", "answer", "document", "employee", "client"}
    assert names >= {"__start__", "__end__"} | (agents if service.name == "router" else {"model", "tools"})


async def test_an_unknown_assistant_is_said_so(service: RunningService, sdk: LangGraphClient) -> None:
    with pytest.raises(NotFoundError):
        await sdk.assistants.get(fresh_id())
    with pytest.raises(httpx.HTTPStatusError) as refused:
        await sdk.runs.wait(None, "nobody", input=question_for(service))
    assert refused.value.response.json()["error"]["code"] == "assistant_unknown"
    with pytest.raises(UnprocessableEntityError):
        await RemoteGraph("nobody", client=sdk).ainvoke(question_for(service))


async def test_threads_come_and_go(sdk: LangGraphClient) -> None:
    mark = fresh_id()
    made = await sdk.threads.create(metadata={"mark": mark})
    found = await sdk.threads.search(metadata={"mark": mark})
    assert [thread["thread_id"] for thread in found] == [made["thread_id"]]
    state = await sdk.threads.get_state(made["thread_id"])
    assert (state["values"], state["next"]) == ({}, [])
    await sdk.threads.delete(made["thread_id"])
    assert await sdk.threads.search(metadata={"mark": mark}) == []
    with pytest.raises(NotFoundError):
        await sdk.threads.get(made["thread_id"])


async def test_a_run_on_a_thread_leaves_its_state_and_history(
    service: RunningService, sdk: LangGraphClient
) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    values = await sdk.runs.wait(thread_id, service.graph_id, input=question_for(service))
    assert expected(service) in answer_of(values)
    state = await sdk.threads.get_state(thread_id)
    assert state["values"] == values
    assert state["next"] == []
    history = await sdk.threads.get_history(thread_id, limit=50)
    assert history[0]["checkpoint"] == state["checkpoint"]
    assert len(history) >= 3
    assert history[-1]["parent_checkpoint"] is None
    runs = await sdk.runs.list(thread_id)
    assert [run["status"] for run in runs] == ["success"]
    thread = await sdk.threads.get(thread_id)
    assert thread["metadata"] is not None
    assert thread["metadata"]["graph_id"] == service.graph_id


async def test_a_run_without_a_thread_leaves_nothing(service: RunningService, sdk: LangGraphClient) -> None:
    before = await sdk.threads.count()
    values = await sdk.runs.wait(None, service.graph_id, input=question_for(service))
    assert expected(service) in answer_of(values)
    assert await sdk.threads.count() == before


@pytest.mark.parametrize("mode", STREAM_MODES)
async def test_the_sdk_streams_each_mode(service: RunningService, sdk: LangGraphClient, mode: Any) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    parts = [
        part
        async for part in sdk.runs.stream(
            thread_id, service.graph_id, input=question_for(service), stream_mode=mode
        )
    ]
    assert parts[0].event == "metadata"
    assert parts[-1].event == "end"
    names = {part.event for part in parts[1:-1]}
    if mode == "messages":
        assert names <= {"messages/metadata", *WHOLE_MESSAGES}
        whole: list[Any] = [part.data for part in parts if part.event in WHOLE_MESSAGES]
        assert expected(service) in whole[-1][0]["content"]
    else:
        assert names == {mode.removesuffix("-tuple")}
        assert all(part.data for part in parts[1:-1])


async def test_the_sdk_streams_all_modes_at_once(service: RunningService, sdk: LangGraphClient) -> None:
    parts = [
        part
        async for part in sdk.runs.stream(
            None, service.graph_id, input=question_for(service), stream_mode=STREAM_MODES
        )
    ]
    assert not [part for part in parts if part.event == "error"]
    names = {part.event for part in parts}
    assert names >= {"metadata", "values", "updates", "messages", "custom", "tasks", "debug", "checkpoints"}
    values = [part.data for part in parts if part.event == "values"]
    assert expected(service) in answer_of(values[-1])


def test_the_sync_client_does_the_same(service: RunningService, sync_sdk: SyncLangGraphClient) -> None:
    assert [entry["graph_id"] for entry in sync_sdk.assistants.search()] == [service.graph_id]
    thread_id = sync_sdk.threads.create()["thread_id"]
    values = sync_sdk.runs.wait(thread_id, service.graph_id, input=question_for(service))
    assert expected(service) in answer_of(values)
    assert sync_sdk.threads.get_state(thread_id)["values"] == values
    assert sync_sdk.threads.get_history(thread_id)
    streamed = [
        part.event
        for part in sync_sdk.runs.stream(
            None, service.graph_id, input=question_for(service), stream_mode="values"
        )
    ]
    assert streamed[0] == "metadata"
    assert streamed[-2:] == ["values", "end"]
    sync_sdk.threads.delete(thread_id)
    with pytest.raises(NotFoundError):
        sync_sdk.threads.get(thread_id)


async def test_a_remote_graph_is_invoked_with_and_without_a_thread(
    service: RunningService, remote: RemoteGraph
) -> None:
    config = on_thread()
    values = await remote.ainvoke(question_for(service), config)
    assert expected(service) in answer_of(values)
    snapshot = await remote.aget_state(config)
    assert snapshot.values == values
    assert snapshot.next == ()
    history = [state async for state in remote.aget_state_history(config)]
    assert history[0].config == snapshot.config
    assert expected(service) in answer_of(await remote.ainvoke(question_for(service)))


def test_a_remote_graph_is_invoked_without_a_loop(service: RunningService, remote: RemoteGraph) -> None:
    config = on_thread()
    values = remote.invoke(question_for(service), config)
    assert expected(service) in answer_of(values)
    assert remote.get_state(config).values == values
    nodes = set(remote.get_graph().nodes)
    assert {"__start__", "__end__"} <= nodes


@pytest.mark.parametrize("mode", ["values", "updates", "messages", "custom", "tasks", "debug", "checkpoints"])
async def test_a_remote_graph_streams_each_mode(
    service: RunningService, remote: RemoteGraph, mode: Any
) -> None:
    chunks: list[Any] = [
        chunk async for chunk in remote.astream(question_for(service), on_thread(), stream_mode=mode)
    ]
    assert chunks
    if mode == "values":
        assert expected(service) in answer_of(chunks[-1])
    if mode == "messages":
        assert all(meta["langgraph_node"] for _, meta in chunks)
        assert expected(service) in _text_of_the_answer(chunks)


async def test_threads_belong_to_one_person(service: RunningService, sdk: LangGraphClient) -> None:
    from tests.contract.services.running import BORIS

    thread_id = (await sdk.threads.create())["thread_id"]
    async with httpx.AsyncClient(base_url=service.url, headers=service.headers(BORIS)) as boris:
        answers = [
            await boris.get(f"/threads/{thread_id}"),
            await boris.get(f"/threads/{thread_id}/state"),
            await boris.delete(f"/threads/{thread_id}"),
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert (await sdk.threads.get(thread_id))["thread_id"] == thread_id


def _text_of_the_answer(chunks: list[Any]) -> str:
    texts: dict[str, str] = {}
    for message, _meta in chunks:
        if message["type"] in ("AIMessageChunk", "ai"):
            texts[message["id"]] = texts.get(message["id"], "") + message["content"]
    return list(texts.values())[-1]
