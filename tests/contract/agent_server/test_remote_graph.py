"""An unmodified `RemoteGraph` works against the server as against a local graph."""

from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.pregel.remote import RemoteException
from langgraph.types import Command

from tests.contract.agent_server.asking import asks, fresh_id, texts
from tests.contract.agent_server.conftest import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


def on_thread() -> RunnableConfig:
    return {"configurable": {"thread_id": fresh_id()}}


async def test_invokes_without_a_thread(server: RunningServer) -> None:
    values = await server.remote("echo").ainvoke(asks())
    assert texts(values) == ["hi", "echo: hi"]


async def test_keeps_the_state_of_a_thread(either_server: RunningServer) -> None:
    graph, config = either_server.remote("echo"), on_thread()
    await graph.ainvoke(asks("one"), config)
    values = await graph.ainvoke(asks("two"), config)
    assert texts(values) == ["one", "echo: one", "two", "echo: two"]
    snapshot = await graph.aget_state(config)
    assert snapshot.values == values
    assert snapshot.next == ()
    assert snapshot.metadata is not None
    assert snapshot.metadata["graph_id"] == "echo"  # type: ignore[typeddict-item]


@pytest.mark.parametrize("mode", ["values", "updates", "custom", "tasks", "checkpoints", "debug", "messages"])
async def test_streams_every_mode(server: RunningServer, mode: Any) -> None:
    chunks: list[Any] = [
        chunk async for chunk in server.remote("talk").astream(asks(), on_thread(), stream_mode=mode)
    ]
    assert chunks
    if mode == "messages":
        assert "".join(message["content"] for message, _ in chunks) == "hello brave world"
        assert chunks[0][1]["langgraph_node"] == "talk"
    if mode == "custom":
        assert chunks == [{"progress": 0.5}, {"progress": 1.0}]
    if mode == "updates":
        assert list(chunks[0]) == ["talk"]


async def test_streams_subgraphs_with_their_namespace(server: RunningServer) -> None:
    stream = server.remote("parent").astream(
        asks(), on_thread(), stream_mode=["updates", "custom"], subgraphs=True
    )
    found = [(namespace, mode) async for namespace, mode, _ in stream]
    assert ((), "updates") in found
    assert any(mode == "custom" and namespace[0].startswith("child:") for namespace, mode in found)


async def test_raises_what_a_node_raised(server: RunningServer) -> None:
    with pytest.raises(RemoteException) as raised:
        await server.remote("fail").ainvoke(asks(), on_thread())
    assert raised.value.args[0] == {"error": "ValueError", "message": "boom from node"}


async def test_interrupts_and_resumes(either_server: RunningServer) -> None:
    graph, config = either_server.remote("ask"), on_thread()
    values = await graph.ainvoke(asks(), config)
    assert values["__interrupt__"][0]["value"] == {"question": "approve?"}
    snapshot = await graph.aget_state(config)
    assert snapshot.next == ("ask",)
    assert snapshot.tasks[0].interrupts[0].value == {"question": "approve?"}
    resumed = await graph.ainvoke(Command(resume="yes"), config)
    assert texts(resumed)[-1] == "answer: yes"
    assert (await graph.aget_state(config)).next == ()


async def test_updates_the_state_and_reads_its_history(either_server: RunningServer) -> None:
    graph, config = either_server.remote("echo"), on_thread()
    await graph.ainvoke(asks(), config)
    written = await graph.aupdate_state(config, {"note": "patched"}, as_node="echo")
    history = [state async for state in graph.aget_state_history(config)]
    assert history[0].values["note"] == "patched"
    assert history[0].config["configurable"]["checkpoint_id"] == written["configurable"]["checkpoint_id"]
    older = [state async for state in graph.aget_state_history(config, before=history[0].config)]
    assert [state.config for state in older] == [state.config for state in history[1:]]
    at = await graph.aget_state(history[1].config)
    assert "note" not in at.values
    only_updates = [state async for state in graph.aget_state_history(config, filter={"source": "update"})]
    assert len(only_updates) == 1


async def test_reads_the_state_of_a_thread_that_never_ran(server: RunningServer) -> None:
    thread_id = (await server.sdk().threads.create())["thread_id"]
    snapshot = await server.remote("echo").aget_state({"configurable": {"thread_id": thread_id}})
    assert snapshot.values == {}
    assert snapshot.next == ()
    assert snapshot.metadata == {}


async def test_reads_the_graph(server: RunningServer) -> None:
    graph = await server.remote("parent").aget_graph()
    assert {"__start__", "pre", "child", "__end__"} == set(graph.nodes)
    assert ("pre", "child") in {(edge.source, edge.target) for edge in graph.edges}


async def test_reads_the_state_with_subgraphs(server: RunningServer) -> None:
    graph, config = server.remote("parent"), on_thread()
    await graph.ainvoke(asks(), config, interrupt_before=["child"])
    snapshot = await graph.aget_state(config, subgraphs=True)
    assert snapshot.next == ("child",)


async def test_reopens_types_of_the_state_after_an_interrupt(either_server: RunningServer) -> None:
    graph, config = either_server.remote("typed"), on_thread()
    await graph.ainvoke(asks(), config)
    values = await graph.ainvoke(Command(resume="yes"), config)
    assert values["note"] == "yes {'Finding'}"
