"""What is deleted and copied of real checkpoints, in both databases: what is kept stays readable."""

import operator
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import pytest
import pytest_asyncio
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from services.agent_server.storage.checkpoint_tables import CheckpointTables
from services.agent_server.storage.checkpoints import Checkpointer, open_checkpoints
from services.agent_server.storage.database import open_database
from services.agent_server.threads.retention import surplus
from tests.contract.agent_server.asking import fresh_id
from tests.contract.agent_server.conftest import make_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _joined(state: Any, writes: Sequence[Any]) -> list[Any]:
    return [*(state or []), *(item for write in writes for item in write)]


class Log(TypedDict, total=False):
    whole: Annotated[list[str], operator.add]
    delta: Annotated[list[str], DeltaChannel(_joined, snapshot_frequency=7)]
    once: dict[str, str]


class Said(TypedDict, total=False):
    said: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def checkpointer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Checkpointer]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    settings = make_settings(tmp_path_factory.mktemp("data"), url)
    async with open_database(settings, "test"), open_checkpoints(settings, "test") as (opened, _store):
        yield opened


def _writer(checkpointer: Checkpointer, *, delta: bool = True) -> Any:
    async def write(state: Log) -> Log:
        number = str(len(state.get("whole", ())))
        return {"whole": [number], "delta": [number]} if delta else {"whole": [number]}

    graph: StateGraph[Log, None, Log, Log] = StateGraph(Log)
    graph.add_node("write", write)
    graph.add_edge(START, "write")
    graph.add_edge("write", END)
    return graph.compile(checkpointer=checkpointer)


def _asker(checkpointer: Checkpointer) -> Any:
    """A graph with a subgraph that asks, one that does not, and one that keeps its state between calls."""

    async def ask(_state: Said) -> Said:
        return {"said": {"answer": interrupt("?")}}

    async def note(_state: Said) -> Said:
        return {"said": {"note": "noted"}}

    def single(name: str, node: Any, **options: Any) -> Any:
        graph: StateGraph[Said, None, Said, Said] = StateGraph(Said)
        graph.add_node(name, node)
        graph.add_edge(START, name)
        graph.add_edge(name, END)
        return graph.compile(**options)

    graph: StateGraph[Said, None, Said, Said] = StateGraph(Said)
    graph.add_node("plain", single("note", note))
    graph.add_node("memory", single("note", note, checkpointer=True))
    graph.add_node("asking", single("ask", ask))
    graph.add_edge(START, "plain")
    graph.add_edge("plain", "memory")
    graph.add_edge("memory", "asking")
    graph.add_edge("asking", END)
    return graph.compile(checkpointer=checkpointer)


def _langgraphs_own(checkpointer: Checkpointer) -> Checkpointer:
    if isinstance(checkpointer, AsyncSqliteSaver):
        return AsyncSqliteSaver(checkpointer.conn, serde=checkpointer.serde)
    assert isinstance(checkpointer, AsyncPostgresSaver)
    return AsyncPostgresSaver(checkpointer.conn, serde=checkpointer.serde)


def _config(thread_id: str, checkpoint_id: str | None = None) -> RunnableConfig:
    place = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
    return {"configurable": {"thread_id": thread_id, **place}}


async def _history(graph: Any, thread_id: str) -> list[Any]:
    return [state async for state in graph.aget_state_history(_config(thread_id))]


async def _reduce(tables: CheckpointTables, thread_id: str, keep: int) -> None:
    await tables.delete(thread_id, surplus(await tables.rows(thread_id), keep))


async def test_what_is_kept_reads_as_before(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id = _writer(checkpointer), CheckpointTables(checkpointer), fresh_id()
    await graph.aupdate_state(_config(thread_id), {"once": {"kept": "from the start"}}, as_node="write")
    for _ in range(12):
        await graph.ainvoke({}, _config(thread_id))
    before = await _history(graph, thread_id)
    await _reduce(tables, thread_id, keep=10)
    after = await _history(graph, thread_id)
    assert 10 <= len(after) < 30 < len(before)
    newest = [(state.values, state.next, state.metadata) for state in after[:10]]
    assert newest == [(state.values, state.next, state.metadata) for state in before[:10]]
    assert after[0].values["delta"] == after[0].values["whole"] == [str(number) for number in range(12)]
    assert after[0].values["once"] == {"kept": "from the start"}
    await _reduce(tables, thread_id, keep=10)
    assert len(await _history(graph, thread_id)) == len(after)


async def test_a_delta_channel_that_was_never_written_keeps_nothing(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id = (
        _writer(checkpointer, delta=False),
        CheckpointTables(checkpointer),
        fresh_id(),
    )
    for _ in range(4):
        await graph.ainvoke({}, _config(thread_id))
    await _reduce(tables, thread_id, keep=5)
    assert len(await _history(graph, thread_id)) == 5
    assert (await graph.ainvoke({}, _config(thread_id)))["whole"] == ["0", "1", "2", "3", "4"]


async def test_a_kept_checkpoint_can_be_forked(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id = _writer(checkpointer), CheckpointTables(checkpointer), fresh_id()
    for _ in range(8):
        await graph.ainvoke({}, _config(thread_id))
    await _reduce(tables, thread_id, keep=9)
    fork = (await _history(graph, thread_id))[6]
    values = await graph.ainvoke({}, fork.config)
    expected = [*fork.values["whole"], str(len(fork.values["whole"]))]
    assert values["whole"] == values["delta"] == expected
    await _reduce(tables, thread_id, keep=3)
    read = await graph.aget_state(_config(thread_id))
    assert read.values["whole"] == read.values["delta"] == expected
    assert (await graph.ainvoke({}, _config(thread_id)))["delta"] == [*expected, str(len(expected))]


async def test_parents_that_are_gone_are_not_named(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id = _asker(checkpointer), CheckpointTables(checkpointer), fresh_id()
    await graph.ainvoke({}, _config(thread_id))
    await _reduce(tables, thread_id, keep=2)
    history = await _history(graph, thread_id)
    assert len(history) == 2
    assert history[-1].parent_config is None


async def test_an_interrupt_in_a_subgraph_is_kept_and_answered(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id = _asker(checkpointer), CheckpointTables(checkpointer), fresh_id()
    for number in range(3):
        await graph.ainvoke({}, _config(thread_id))
        await _reduce(tables, thread_id, keep=1)
        state = await graph.aget_state(_config(thread_id), subgraphs=True)
        assert state.tasks[0].state.next == ("ask",)
        values = await graph.ainvoke(Command(resume=f"answer {number}"), _config(thread_id))
        assert values["said"] == {"answer": f"answer {number}"}
    await _reduce(tables, thread_id, keep=1)
    rows = await tables.rows(thread_id)
    # Of the calls of subgraphs nothing is left, of the one with a memory its newest state.
    assert sorted({row.namespace for row in rows}) == ["", "memory"]
    assert len(rows) == 2


async def test_nothing_of_what_is_gone_is_left(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id = _asker(checkpointer), CheckpointTables(checkpointer), fresh_id()
    for _ in range(5):
        await graph.ainvoke({}, _config(thread_id))
        await graph.ainvoke(Command(resume="yes"), _config(thread_id))
    large = await tables.sizes(thread_id)
    await _reduce(tables, thread_id, keep=1)
    small = await tables.sizes(thread_id)
    assert small.checkpoints.rows == 2
    assert small.writes.rows == 0
    assert all(size.rows <= 2 for size in small.values.values())  # one for the graph, one for the memory
    assert sum(size.rows for size in large.values.values()) >= sum(
        size.rows for size in small.values.values()
    )
    await checkpointer.adelete_thread(thread_id)
    assert (await tables.sizes(thread_id)).checkpoints.rows == 0


async def test_a_copy_is_whole_and_goes_its_own_way(checkpointer: Checkpointer) -> None:
    graph, tables = _asker(checkpointer), CheckpointTables(checkpointer)
    source, target = fresh_id(), fresh_id()
    await graph.ainvoke({}, _config(source))
    await tables.copy(source, target)
    assert (await tables.sizes(target)).values == (await tables.sizes(source)).values
    copied = await _history(graph, target)
    assert [state.values for state in copied] == [state.values for state in await _history(graph, source)]
    assert {state.metadata.get("thread_id", target) for state in copied} == {target}
    assert (await graph.ainvoke(Command(resume="copied"), _config(target)))["said"] == {"answer": "copied"}
    assert (await graph.aget_state(_config(source))).next == ("asking",)


async def test_a_run_is_undone(checkpointer: Checkpointer) -> None:
    graph, tables, thread_id, run_id = (
        _writer(checkpointer),
        CheckpointTables(checkpointer),
        fresh_id(),
        fresh_id(),
    )
    await graph.ainvoke({}, _config(thread_id))
    before = await graph.aget_state(_config(thread_id))
    await graph.ainvoke({}, {**_config(thread_id), "metadata": {"run_id": run_id}})
    await tables.delete_run(thread_id, run_id)
    assert (await graph.aget_state(_config(thread_id))).values == before.values
    assert (await graph.ainvoke({}, _config(thread_id)))["delta"] == ["0", "1"]


async def test_langgraphs_own_saver_reads_the_same(checkpointer: Checkpointer) -> None:
    graph, thread_id = _asker(checkpointer), fresh_id()
    await graph.ainvoke({}, _config(thread_id))
    own = _langgraphs_own(checkpointer)
    written = [entry async for entry in own.alist(_config(thread_id))]
    assert len(written) > 5
    for entry in written:
        assert await checkpointer.aget_tuple(entry.config) == entry == await own.aget_tuple(entry.config)
    assert await checkpointer.aget_tuple(_config(thread_id)) == await own.aget_tuple(_config(thread_id))
    assert await checkpointer.aget_tuple(_config(fresh_id())) is None
    copied = _config(fresh_id())
    newest: Any = await own.aget_tuple(_config(thread_id))
    for saver in (checkpointer, own):
        copied["configurable"] |= {"thread_id": fresh_id(), "checkpoint_ns": "", "checkpoint_id": None}
        versions = newest.checkpoint["channel_versions"]
        stored = await saver.aput(copied, newest.checkpoint, newest.metadata, versions)
        await saver.aput_writes(stored, [("said", 1), ("__interrupt__", 2)], "task", "path")
        await saver.aput_writes(stored, [("said", "not again")], "task", "path")
        await saver.aput_writes(stored, [("__interrupt__", "again")], "task", "path")
        read: Any = await own.aget_tuple(stored)
        assert read.checkpoint == newest.checkpoint
        assert read.pending_writes == [("task", "__interrupt__", "again"), ("task", "said", 1)]


async def test_finds_the_threads_that_have_too_many(checkpointer: Checkpointer) -> None:
    graph, tables = _writer(checkpointer), CheckpointTables(checkpointer)
    long, short = fresh_id(), fresh_id()
    for thread_id, times in ((long, 3), (short, 1)):
        for _ in range(times):
            await graph.ainvoke({}, _config(thread_id))
    assert await tables.beyond([long, short, fresh_id()], 5) == [long]
    assert await tables.beyond([], 5) == []
