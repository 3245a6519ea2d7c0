"""What an earlier attempt of a run left, read from real checkpoints."""

from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict

from services.agent_server.runs.resuming import newest_checkpoint, read_progress

pytestmark = pytest.mark.asyncio


class State(TypedDict, total=False):
    done: str
    answer: str


class Broken(Exception):
    pass


class Switch:
    """Whether the graph's second step breaks."""

    def __init__(self) -> None:
        self.broken = True


def graph_of(second: Any) -> Any:
    graph: StateGraph[State, Any, State, State] = StateGraph(State)
    graph.add_sequence([("first", lambda _state: {"done": "first"}), ("second", second)])
    graph.add_edge(START, "first")
    graph.add_edge("second", END)
    return graph.compile(checkpointer=InMemorySaver())


def run_on(graph: Any, run_id: str, **request: Any) -> Any:
    asked = {"interrupt_before": None, "interrupt_after": None, **request}
    return SimpleNamespace(
        row=SimpleNamespace(run_id=run_id),
        assistant=SimpleNamespace(graph=graph),
        request=SimpleNamespace(**asked),
    )


def config_of(run_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": "thread", "run_id": run_id}, "metadata": {"run_id": run_id}}


def second(_state: State) -> State:
    return {"done": "second"}


async def test_a_run_that_made_no_checkpoint_is_new() -> None:
    graph = graph_of(second)
    assert (await read_progress(run_on(graph, "one"), config_of("one"))).stage == "new"
    await graph.ainvoke({"done": ""}, config_of("another"))
    assert (await read_progress(run_on(graph, "one"), config_of("one"))).stage == "new"


async def test_a_run_whose_graph_ended_is_over() -> None:
    graph = graph_of(second)
    await graph.ainvoke({"done": ""}, config_of("one"))
    progress = await read_progress(run_on(graph, "one"), config_of("one"))
    assert progress == ("over", {"done": "second"})


async def test_a_run_that_broke_off_has_begun_and_goes_on_without_its_first_step() -> None:
    switch = Switch()

    def may_break(_state: State) -> State:
        if switch.broken:
            raise Broken
        return {"done": "second"}

    graph = graph_of(may_break)
    with pytest.raises(Broken):
        await graph.ainvoke({"done": ""}, config_of("one"))
    assert (await read_progress(run_on(graph, "one"), config_of("one"))).stage == "begun"
    switch.broken = False
    stepped = [step async for step in graph.astream(None, config_of("one"), stream_mode="updates")]
    assert stepped == [{"second": {"done": "second"}}]


async def test_a_run_that_asked_something_is_over_with_its_question() -> None:
    graph = graph_of(lambda _state: {"answer": interrupt("sure?")})
    await graph.ainvoke({"done": ""}, config_of("one"))
    stage, values = await read_progress(run_on(graph, "one"), config_of("one"))
    assert stage == "over"
    assert values["done"] == "first"
    assert [asked.value for asked in values["__interrupt__"]] == ["sure?"]


@pytest.mark.parametrize("breakpoints", [{"interrupt_before": ["second"]}, {"interrupt_after": ["first"]}])
async def test_a_run_that_was_told_to_stop_is_over_there(breakpoints: dict[str, Any]) -> None:
    graph = graph_of(second)
    await graph.ainvoke({"done": ""}, config_of("one"), **breakpoints)
    assert (await read_progress(run_on(graph, "one", **breakpoints), config_of("one"))).stage == "over"
    elsewhere = {name: ["other"] for name in breakpoints}
    assert (await read_progress(run_on(graph, "one", **elsewhere), config_of("one"))).stage == "begun"


async def test_the_checkpoint_a_run_started_from_is_not_where_it_goes_on() -> None:
    config: RunnableConfig = {"configurable": {"thread_id": "t", "checkpoint_id": "c", "checkpoint_ns": ""}}
    assert newest_checkpoint(config) == {"configurable": {"thread_id": "t"}}
