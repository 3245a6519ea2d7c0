"""The SDK's threads client: every method, async and sync."""

import asyncio
from collections.abc import AsyncIterator
from inspect import isawaitable
from typing import Any

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError

from tests.contract.clients.asking import asks, data_of, new_id, texts
from tests.contract.clients.conftest import until
from tests.contract.clients.serving import ServedApp


async def test_a_thread_is_made_changed_copied_and_deleted(sdk: Any) -> None:
    thread_id = new_id()
    made = await sdk.threads.create(thread_id=thread_id, metadata={"colour": "red"}, graph_id="echo")
    assert (made["thread_id"], made["status"], made["values"]) == (thread_id, "idle", None)
    assert made["metadata"]["colour"] == "red"
    assert made["metadata"]["graph_id"] == "echo"
    with pytest.raises(ConflictError):
        await sdk.threads.create(thread_id=thread_id)
    again = await sdk.threads.create(thread_id=thread_id, if_exists="do_nothing")
    assert again["created_at"] == made["created_at"]
    changed = await sdk.threads.update(thread_id, metadata={"size": 3})
    assert changed["metadata"] == {**made["metadata"], "size": 3}
    assert await sdk.threads.update(thread_id, metadata={"size": 4}, return_minimal=True) is None
    assert (await sdk.threads.get(thread_id))["metadata"]["size"] == 4
    await sdk.runs.wait(thread_id, "echo", input=asks("one"))
    copied = await sdk.threads.copy(thread_id)
    assert copied["thread_id"] != thread_id
    source, target = await sdk.threads.get_state(thread_id), await sdk.threads.get_state(copied["thread_id"])
    assert texts(target["values"]) == texts(source["values"]) == ["one", "echo: one"]
    await sdk.runs.wait(copied["thread_id"], "echo", input=asks("two"))
    assert len((await sdk.threads.get_state(thread_id))["values"]["messages"]) == 2
    await sdk.threads.delete(thread_id)
    with pytest.raises(NotFoundError):
        await sdk.threads.get(thread_id)


async def test_search_filters_sorts_selects_and_counts(sdk: Any) -> None:
    mark = new_id()
    ids = [(await sdk.threads.create(metadata={"mark": mark, "n": n}))["thread_id"] for n in range(3)]
    await sdk.runs.wait(ids[0], "ask", input=asks())
    await sdk.runs.wait(ids[1], "parent", input=asks())

    async def found(**options: Any) -> list[str]:
        return [
            thread["thread_id"] for thread in await sdk.threads.search(metadata={"mark": mark}, **options)
        ]

    assert set(await found()) == set(ids)
    assert await found(sort_by="created_at", sort_order="asc") == ids
    assert await found(sort_by="created_at", sort_order="desc", limit=1, offset=1) == [ids[1]]
    assert await found(status="interrupted") == [ids[0]]
    assert await found(values={"note": "pre"}) == [ids[1]]
    assert set(await found(ids=ids[1:])) == set(ids[1:])
    assert await sdk.threads.count(metadata={"mark": mark}) == 3
    assert await sdk.threads.count(metadata={"mark": mark}, status="idle") == 2
    assert await sdk.threads.count(metadata={"mark": mark}, values={"note": "pre"}) == 1
    (short,) = await sdk.threads.search(metadata={"mark": mark, "n": 2}, select=["thread_id", "status"])
    assert short == {"thread_id": ids[2], "status": "idle"}
    (taken,) = await sdk.threads.search(
        metadata={"mark": mark}, status="idle", values={"note": "pre"}, extract={"first": "values.note"}
    )
    assert taken["extracted"] == {"first": "pre"}


async def test_a_thread_is_made_with_a_history(sdk: Any) -> None:
    supersteps = [
        {"updates": [{"values": asks("one"), "as_node": "__start__"}]},
        {"updates": [{"values": {"messages": [{"role": "ai", "content": "two"}]}, "as_node": "echo"}]},
    ]
    made = await sdk.threads.create(graph_id="echo", supersteps=supersteps)
    state = await sdk.threads.get_state(made["thread_id"])
    assert texts(state["values"]) == ["one", "two"]
    assert state["next"] == []


async def test_a_thread_can_expire(sdk: Any) -> None:
    made = await sdk.threads.create(ttl=60)
    thread = await sdk.threads.get(made["thread_id"], include=["ttl"])
    assert thread["ttl"]["strategy"] == "delete"
    assert thread["ttl"]["ttl_minutes"] == 60
    changed = await sdk.threads.update(made["thread_id"], metadata={"kept": True}, ttl=120)
    assert changed["metadata"]["kept"] is True


async def test_the_state_is_read_written_and_forked(sdk: Any) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    await sdk.runs.wait(thread_id, "parent", input=asks("first"))
    state = await sdk.threads.get_state(thread_id, subgraphs=True)
    assert texts(state["values"]) == ["first", "hello brave world"]
    assert state["next"] == []
    written = await sdk.threads.update_state(thread_id, {"note": "patched"}, as_node="child")
    now = await sdk.threads.get_state(thread_id)
    assert now["checkpoint"]["checkpoint_id"] == written["checkpoint"]["checkpoint_id"]
    assert now["values"]["note"] == "patched"
    history = await sdk.threads.get_history(thread_id, limit=50)
    assert history[0]["values"]["note"] == "patched"
    before_child = next(entry for entry in history if entry["next"] == ["child"])
    by_id = await sdk.threads.get_state(thread_id, checkpoint_id=before_child["checkpoint_id"])
    by_place = await sdk.threads.get_state(thread_id, checkpoint=before_child["checkpoint"])
    assert by_id["values"] == by_place["values"] == before_child["values"]
    older = await sdk.threads.get_history(thread_id, before=history[0]["checkpoint"], limit=50)
    assert [entry["checkpoint_id"] for entry in older] == [entry["checkpoint_id"] for entry in history[1:]]
    updates = await sdk.threads.get_history(thread_id, metadata={"source": "update"})
    assert [entry["checkpoint_id"] for entry in updates] == [history[0]["checkpoint_id"]]
    fork = await sdk.threads.update_state(
        thread_id, {"note": "forked"}, as_node="pre", checkpoint=before_child["checkpoint"]
    )
    values = await sdk.runs.wait(thread_id, "parent", input=None, checkpoint=fork["checkpoint"])
    assert values["note"] == "forked"
    assert texts(values) == ["first", "hello brave world"]


async def test_state_and_history_are_read_in_part(sdk: Any) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    await sdk.runs.wait(thread_id, "echo", input=asks())
    state = await sdk.threads.get_state(thread_id, select=["values", "next"])
    assert set(state) == {"values", "next"}
    (entry,) = await sdk.threads.get_history(thread_id, limit=1, select=["checkpoint"])
    assert set(entry) == {"checkpoint"}


async def test_a_thread_that_never_ran_has_an_empty_state(sdk: Any) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    state = await sdk.threads.get_state(thread_id)
    assert (state["values"], state["next"], state["metadata"]) == ({}, [], {})
    assert state["checkpoint"]["thread_id"] == thread_id
    assert await sdk.threads.get_history(thread_id) == []


@pytest.mark.parametrize("strategy", ["delete", "keep_latest"])
async def test_threads_are_pruned(sdk: Any, strategy: Any) -> None:
    ids = [(await sdk.threads.create())["thread_id"] for _ in range(2)]
    for thread_id in ids:
        await sdk.runs.wait(thread_id, "parent", input=asks())
    pruned = await sdk.threads.prune(ids, strategy=strategy)
    assert pruned["pruned_count"] == 2
    for thread_id in ids:
        if strategy == "delete":
            with pytest.raises(NotFoundError):
                await sdk.threads.get(thread_id)
        else:
            assert len(await sdk.threads.get_history(thread_id, limit=50)) == 1
            assert texts((await sdk.threads.get_state(thread_id))["values"]) == ["hi", "hello brave world"]


async def thread_events(sdk: Any, thread_id: str, **options: Any) -> AsyncIterator[Any]:
    stream = sdk.threads.join_stream(thread_id, **options)
    async for part in await stream if isawaitable(stream) else stream:  # the async client's is awaited first
        yield part


async def until_answered(parts: AsyncIterator[Any]) -> list[Any]:
    """Return a thread's events up to the answer's values."""
    seen: list[Any] = []
    async with asyncio.timeout(20):
        async for part in parts:
            seen.append(part)
            if part.event == "values" and len(part.data["messages"]) == 2:
                break
    return seen


async def test_a_threads_stream_shows_a_run_that_works(sdk: Any, served: ServedApp) -> None:
    thread_id, name = (await sdk.threads.create())["thread_id"], new_id()
    run = await sdk.runs.create(
        thread_id, "slow", input=asks(name), stream_mode=["values", "custom"], stream_resumable=True
    )

    async def is_running() -> bool:
        return bool((await sdk.runs.get(thread_id, run["run_id"]))["status"] == "running")

    await until(is_running)
    following = asyncio.create_task(until_answered(thread_events(sdk, thread_id, last_event_id="-")))
    served.release(name)
    seen = await following
    assert texts(data_of(seen, "values")[-1]) == [name, f"slow: {name}"]
    assert data_of(seen, "custom") == [{"tick": 0}, {"tick": 1}]


async def test_a_threads_stream_shows_what_was(sdk: Any) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    run = await sdk.runs.create(
        thread_id, "talk", input=asks(), stream_mode=["values"], stream_resumable=True
    )
    await sdk.runs.join(thread_id, run["run_id"])
    seen = await until_answered(thread_events(sdk, thread_id, last_event_id="-", stream_mode="run_modes"))
    assert texts(data_of(seen, "values")[-1]) == ["hi", "hello brave world"]
    assert all(part.id for part in seen)
    rest = await until_answered(thread_events(sdk, thread_id, last_event_id=seen[1].id))
    assert rest == seen[2:]
