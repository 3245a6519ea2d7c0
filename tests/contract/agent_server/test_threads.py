"""Threads through `langgraph_sdk`."""

from typing import Any

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_creates_reads_changes_and_deletes(either_server: RunningServer) -> None:
    threads = either_server.sdk().threads
    created = await threads.create(metadata={"a": 1})
    assert created["status"] == "idle"
    assert created["values"] is None
    patched = await threads.update(created["thread_id"], metadata={"b": 2})
    assert patched["metadata"] == {"a": 1, "b": 2}
    assert (await threads.get(created["thread_id"]))["metadata"] == {"a": 1, "b": 2}
    await threads.delete(created["thread_id"])
    with pytest.raises(NotFoundError):
        await threads.get(created["thread_id"])


async def test_deletes_runs_and_checkpoints_with_the_thread(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = fresh_id()
    await client.runs.wait(thread_id, "echo", input=asks(), if_not_exists="create")
    await client.threads.delete(thread_id)
    await client.threads.create(thread_id=thread_id)
    assert await client.runs.list(thread_id) == []
    assert await client.threads.get_history(thread_id) == []


async def test_an_existing_id_conflicts_unless_told_to_do_nothing(either_server: RunningServer) -> None:
    threads = either_server.sdk().threads
    thread_id = fresh_id()
    await threads.create(thread_id=thread_id, metadata={"first": True})
    with pytest.raises(ConflictError):
        await threads.create(thread_id=thread_id)
    again = await threads.create(thread_id=thread_id, if_exists="do_nothing", metadata={"second": True})
    assert again["metadata"] == {"first": True}


async def test_refuses_an_id_that_is_no_uuid(server: RunningServer) -> None:
    with pytest.raises(UnprocessableEntityError):
        await server.sdk().threads.create(thread_id="not-a-uuid")
    with pytest.raises(UnprocessableEntityError):
        await server.sdk().threads.get("not-a-uuid")


async def test_searches_by_metadata_values_status_and_ids(either_server: RunningServer) -> None:
    client = either_server.sdk()
    tag = fresh_id()
    ids = []
    for number in range(3):
        nested = {"tag": tag, "number": number, "deep": {"odd": number % 2 == 1}}
        ids.append((await client.threads.create(metadata=nested))["thread_id"])
    await client.threads.update_state(await _ran(client, {"tag": tag}), {"note": tag}, as_node="echo")

    found = await client.threads.search(metadata={"tag": tag}, limit=2)
    assert len(found) == 2
    assert await client.threads.count(metadata={"tag": tag}) == 4
    odd = await client.threads.search(metadata={"tag": tag, "deep": {"odd": True}})
    assert [thread["thread_id"] for thread in odd] == [ids[1]]
    assert len(await client.threads.search(values={"note": tag})) == 1
    assert await client.threads.search(metadata={"tag": tag}, status="busy") == []
    by_id = await client.threads.search(ids=ids[:2], sort_by="created_at", sort_order="asc")
    assert [thread["thread_id"] for thread in by_id] == ids[:2]


async def _ran(client, metadata) -> str:  # type: ignore[no-untyped-def]
    thread = await client.threads.create(metadata=metadata)
    await client.runs.wait(thread["thread_id"], "echo", input=asks())
    return str(thread["thread_id"])


async def test_says_how_many_and_where_the_next_page_starts(server: RunningServer) -> None:
    tag = fresh_id()
    for _ in range(3):
        await server.sdk().threads.create(metadata={"tag": tag})
    async with server.http() as client:
        page = await client.post("/threads/search", json={"metadata": {"tag": tag}, "limit": 2})
        assert page.headers["x-pagination-total"] == "3"
        assert page.headers["x-pagination-next"] == "2"
        last = await client.post("/threads/search", json={"metadata": {"tag": tag}, "limit": 2, "offset": 2})
        assert "x-pagination-next" not in last.headers


async def test_shows_values_interrupts_and_status_after_a_run(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "ask", input=asks())
    thread: Any = await client.threads.get(thread_id)
    assert thread["status"] == "interrupted"
    assert texts(thread["values"]) == ["hi"]
    assert "__interrupt__" not in thread["values"]
    [[pending]] = thread["interrupts"].values()
    assert pending["value"] == {"question": "approve?"}
    assert thread["metadata"]["graph_id"] == "ask"
    await client.runs.wait(thread_id, "ask", command={"resume": "yes"})
    thread = await client.threads.get(thread_id)
    assert (thread["status"], thread["interrupts"]) == ("idle", {})


async def test_a_failed_run_leaves_its_error_on_the_thread(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "fail", input=asks(), raise_error=False)
    thread = await client.threads.get(thread_id)
    assert thread["status"] == "error"
    assert thread["error"] == {"error": "ValueError", "message": "boom from node"}  # type: ignore[typeddict-item]
    assert thread["values"]["note"] == "pre"  # type: ignore[index]


async def test_copies_a_thread_that_then_goes_its_own_way(either_server: RunningServer) -> None:
    client = either_server.sdk()
    source = await fresh_thread(client)
    await client.runs.wait(source, "ask", input=asks())
    threads: Any = client.threads  # the SDK says that `copy` returns nothing
    copy = (await threads.copy(source))["thread_id"]
    assert copy != source
    assert len(await client.threads.get_history(copy)) == len(await client.threads.get_history(source))
    resumed = await client.runs.wait(copy, "ask", command={"resume": "copied"})
    assert texts(resumed)[-1] == "answer: copied"
    assert (await client.threads.get_state(source))["next"] == ["ask"]


async def test_forks_from_an_older_checkpoint(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "echo", input=asks("one"))
    await client.runs.wait(thread_id, "echo", input=asks("two"))
    history = await client.threads.get_history(thread_id)
    first_end = next(state for state in history if len(state["values"].get("messages", ())) == 2)  # type: ignore[union-attr]
    checkpoint_id = first_end["checkpoint"]["checkpoint_id"]
    forked = await client.runs.wait(thread_id, "echo", input=asks("fork"), checkpoint_id=checkpoint_id)
    assert texts(forked) == ["one", "echo: one", "fork", "echo: fork"]
    by_id = await client.threads.get_state(thread_id, checkpoint_id=checkpoint_id)
    assert texts(by_id["values"]) == ["one", "echo: one"]


async def test_pages_through_the_history(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "echo", input=asks())
    whole = await client.threads.get_history(thread_id, limit=10)
    first = await client.threads.get_history(thread_id, limit=1)
    rest = await client.threads.get_history(thread_id, limit=10, before=first[0]["checkpoint"])
    assert [*first, *rest] == whole


async def test_refuses_values_for_a_node_that_is_not_there(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "echo", input=asks())
    with pytest.raises(UnprocessableEntityError):
        await client.threads.update_state(thread_id, {"note": "x"}, as_node="nobody")


async def test_an_unknown_checkpoint_is_not_found(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "echo", input=asks())
    with pytest.raises(NotFoundError):
        await client.threads.get_state(thread_id, checkpoint_id=fresh_id())
