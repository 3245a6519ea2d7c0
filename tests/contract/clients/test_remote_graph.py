"""`RemoteGraph`, LangGraph's own client of a remote graph: all it can do, with and without a loop."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.pregel.remote import RemoteException, RemoteGraph
from langgraph.types import Command

from tests.contract.agent_server.graphs import State
from tests.contract.clients.asking import asks, new_id, texts
from tests.contract.clients.serving import ServedApp

MODES = ("values", "updates", "messages", "custom", "tasks", "debug", "checkpoints")


def on_thread() -> RunnableConfig:
    return {"configurable": {"thread_id": new_id()}}


class Remotes:
    """Remote graphs of Anna's clients."""

    def __init__(self, client: Any, sync_client: Any) -> None:
        self._clients = {"client": client, "sync_client": sync_client}

    def __getitem__(self, graph: str) -> RemoteGraph:
        return RemoteGraph(graph, **self._clients)


@pytest_asyncio.fixture
async def remotes(served: ServedApp) -> AsyncIterator[Remotes]:
    async with served.sdk() as client:
        with served.sync_sdk() as sync_client:
            yield Remotes(client, sync_client)


async def test_is_invoked_with_and_without_a_thread(remotes: Remotes) -> None:
    config = on_thread()
    assert texts(await remotes["echo"].ainvoke(asks("one"), config)) == ["one", "echo: one"]
    assert texts(await remotes["echo"].ainvoke(asks("two"), config))[2:] == ["two", "echo: two"]
    assert texts(await remotes["echo"].ainvoke(asks())) == ["hi", "echo: hi"]
    assert texts(await remotes["parent"].ainvoke(asks(), on_thread())) == ["hi", "hello brave world"]


@pytest.mark.parametrize("subgraphs", [False, True])
@pytest.mark.parametrize("mode", MODES)
async def test_streams_each_mode(remotes: Remotes, mode: Any, subgraphs: bool) -> None:
    graph = remotes["parent" if subgraphs else "talk"]
    stream = graph.astream(asks(), on_thread(), stream_mode=mode, subgraphs=subgraphs)
    chunks: list[Any] = [chunk async for chunk in stream]
    assert chunks
    if subgraphs:
        places = {namespace for namespace, _ in chunks}
        assert any(place and place[0].startswith("child:") for place in places)
        chunks = [chunk for _, chunk in chunks]
    if mode == "values":
        assert texts([chunk for chunk in chunks if "messages" in chunk][-1])[-1] == "hello brave world"
    if mode == "updates":
        assert {name for chunk in chunks for name in chunk} >= {"talk"}
    if mode == "messages":
        words = [message["content"] for message, _meta in chunks if message["type"] == "AIMessageChunk"]
        assert "".join(words) == "hello brave world"


async def test_streams_several_modes_with_their_names(remotes: Remotes) -> None:
    stream = remotes["parent"].astream(asks(), stream_mode=[*MODES], subgraphs=True)
    found = {(mode, bool(namespace)) async for namespace, mode, _ in stream}
    assert {("updates", False), ("updates", True), ("custom", True), ("messages", True)} <= found
    assert {mode for mode, _ in found} >= {"values", "updates", "tasks", "debug", "checkpoints"}


async def test_its_state_is_read_updated_and_forked(remotes: Remotes) -> None:
    graph, config = remotes["parent"], on_thread()
    values = await graph.ainvoke(asks(), config)
    snapshot = await graph.aget_state(config, subgraphs=True)
    assert snapshot.values == values
    assert snapshot.next == ()
    history = [state async for state in graph.aget_state_history(config)]
    assert history[0].config == snapshot.config
    before_child = next(state for state in history if state.next == ("child",))
    assert (await graph.aget_state(before_child.config)).values == before_child.values
    older = [state async for state in graph.aget_state_history(config, before=before_child.config, limit=1)]
    assert [state.next for state in older] == [("pre",)]
    updated = await graph.aupdate_state(before_child.config, {"note": "forked"}, as_node="pre")
    fork = await graph.ainvoke(None, updated)
    assert fork["note"] == "forked"
    assert texts(fork) == ["hi", "hello brave world"]
    by_hand = [state async for state in graph.aget_state_history(config, filter={"source": "update"})]
    assert len(by_hand) == 1


async def test_its_graph_is_drawn(remotes: Remotes) -> None:
    drawn = await remotes["parent"].aget_graph(xray=True)
    assert {"__start__", "pre", "child:talk", "__end__"} <= set(drawn.nodes)
    assert "pre" in drawn.draw_mermaid()


@pytest.mark.parametrize("answer", ["yes", False, None, {"a": [1]}])
async def test_interrupts_and_resumes(remotes: Remotes, answer: Any) -> None:
    graph, config = remotes["ask"], on_thread()
    values = await graph.ainvoke(asks(), config)
    (interrupt,) = values["__interrupt__"]
    assert interrupt["value"] == {"question": "approve?"}
    snapshot = await graph.aget_state(config)
    assert snapshot.tasks[0].interrupts[0].id == interrupt["id"]
    resumed = await graph.ainvoke(Command(resume={interrupt["id"]: answer}), config)
    assert texts(resumed)[-1] == f"answer: {answer}"


async def test_stops_before_a_node_and_goes_on(remotes: Remotes) -> None:
    graph, config = remotes["parent"], on_thread()
    await graph.ainvoke(asks(), config, interrupt_before=["child"])
    assert (await graph.aget_state(config)).next == ("child",)
    assert texts(await graph.ainvoke(None, config))[-1] == "hello brave world"


async def test_raises_what_a_node_raised(remotes: Remotes) -> None:
    for config in (on_thread(), None):
        with pytest.raises(RemoteException) as raised:
            await remotes["fail"].ainvoke(asks(), config)
        assert raised.value.args[0] == {"error": "ValueError", "message": "boom from node"}
    with pytest.raises(RemoteException):
        remotes["fail"].invoke(asks())


async def test_is_a_node_of_another_graph(remotes: Remotes) -> None:
    graph: Any = StateGraph(State)
    graph.add_node("away", remotes["echo"])
    graph.add_edge(START, "away")
    graph.add_edge("away", END)
    assert texts_of_messages(await graph.compile().ainvoke(asks()))[-1] == "echo: hi"


def test_without_a_loop(served: ServedApp) -> None:
    with served.sync_sdk() as client:
        graph, config = RemoteGraph("ask", sync_client=client), on_thread()
        graph.invoke(asks(), config)
        assert graph.get_state(config).next == ("ask",)
        chunks: list[Any] = list(graph.stream(Command(resume="yes"), config, stream_mode="updates"))
        assert chunks[-1]["ask"]["messages"][0]["content"] == "answer: yes"
        assert len(list(graph.get_state_history(config))) == 3
        graph.update_state(config, {"note": "by hand"}, as_node="ask")
        assert graph.get_state(config).values["note"] == "by hand"
        assert set(graph.get_graph().nodes) == {"__start__", "ask", "__end__"}


def texts_of_messages(values: Any) -> list[str]:
    return [message.text for message in values["messages"]]
