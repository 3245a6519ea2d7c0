"""What a thread begins with, and which parts of it can be read and written, through `langgraph_sdk`."""

import asyncio
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import APIStatusError, ConflictError, NotFoundError, UnprocessableEntityError

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONVERSATION: Any = [
    {"updates": [{"values": asks("hi"), "as_node": "__start__"}]},
    {"updates": [{"values": {"messages": [{"role": "ai", "content": "hello"}]}, "as_node": "echo"}]},
    {"updates": [{"values": None, "command": {"update": {"note": "n"}}, "as_node": "echo"}]},
]


async def _ran(client: LangGraphClient, graph: str = "echo") -> str:
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, graph, input=asks())
    return thread_id


async def test_a_thread_can_begin_with_states(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread: Any = await client.threads.create(graph_id="echo", supersteps=CONVERSATION)
    assert texts(thread["values"]) == ["hi", "hello"]
    assert thread["values"]["note"] == "n"
    assert len(await client.threads.get_history(thread["thread_id"])) == 3
    values: Any = await client.runs.wait(thread["thread_id"], "echo", input=asks("more"))
    assert texts(values) == ["hi", "hello", "more", "echo: more"]


async def test_nothing_is_left_of_a_thread_that_cannot_begin_so(server: RunningServer) -> None:
    client, thread_id = server.sdk(), fresh_id()
    unfit: Any = [{"updates": [{"values": {"note": "x"}, "as_node": "nobody"}]}]
    with pytest.raises(UnprocessableEntityError):
        await client.threads.create(thread_id=thread_id, graph_id="echo", supersteps=unfit)
    with pytest.raises(ConflictError):  # several graphs, and none is named
        await client.threads.create(thread_id=thread_id, supersteps=CONVERSATION)
    with pytest.raises(NotFoundError):
        await client.threads.get(thread_id)


async def test_writes_to_a_thread_that_never_ran(server: RunningServer) -> None:
    client = server.sdk()
    thread = await client.threads.create(graph_id="echo")
    await client.threads.update_state(thread["thread_id"], {"note": "n"}, as_node="echo")
    state: Any = await client.threads.get_state(thread["thread_id"])
    assert state["values"]["note"] == "n"


async def test_writes_behind_an_older_checkpoint(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await _ran(client)
    older = (await client.threads.get_history(thread_id))[1]["checkpoint"]
    by_place = await client.threads.update_state(thread_id, {"note": "a"}, as_node="echo", checkpoint=older)
    state: Any = await client.threads.get_state(thread_id)
    assert state["checkpoint"]["checkpoint_id"] == by_place["checkpoint"]["checkpoint_id"]
    assert state["parent_checkpoint"]["checkpoint_id"] == older["checkpoint_id"]
    assert texts(state["values"]) == ["hi"]
    thread: Any = await client.threads.get(thread_id)
    assert thread["values"]["note"] == "a"
    for unknown in (fresh_id(), "not-a-checkpoint", "nul\0"):
        with pytest.raises(NotFoundError):
            await client.threads.update_state(thread_id, {"note": "b"}, checkpoint_id=unknown)
        with pytest.raises(NotFoundError):
            await client.threads.get_state(thread_id, {"checkpoint_id": unknown})  # type: ignore[arg-type]


async def test_goes_on_without_values(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await _ran(client, "ask")
    await client.threads.update_state(thread_id, None, as_node="ask")
    assert (await client.threads.get_state(thread_id))["next"] == []


async def test_refuses_values_that_the_state_does_not_take(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await _ran(client)
    unfit: list[Any] = [[{"note": "a"}, {"note": "b"}], {"messages": [{"content": "no role"}]}]
    for values in unfit:
        with pytest.raises(UnprocessableEntityError):
            await client.threads.update_state(thread_id, values, as_node="echo")
    async with either_server.http() as http:
        answer = await http.post(f"/threads/{thread_id}/state", json={"values": {}, "bogus": 1})
        assert answer.json()["error"]["details"]["fields"][0]["field"] == "bogus"
        patched = await http.patch(f"/threads/{thread_id}/state", json={"metadata": {"a": 1}})
        assert patched.json()["error"]["code"] == "method_not_allowed"


async def test_refuses_to_write_while_a_run_works(either_server: RunningServer) -> None:
    client, name = either_server.sdk(), fresh_id()
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "slow", input=asks(name))
    await asyncio.wait_for(either_server.gates.started(name).wait(), 20)
    with pytest.raises(ConflictError):
        await client.threads.update_state(thread_id, {"note": "x"}, as_node="slow")
    either_server.gates.released(name).set()
    await client.runs.join(thread_id, run["run_id"])
    await client.threads.update_state(thread_id, {"note": "x"}, as_node="slow")


async def test_answers_the_parts_of_a_state_that_are_asked_for(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await _ran(client, "parent")
    whole: Any = await client.threads.get_state(thread_id)
    place, checkpoint_id = whole["checkpoint"], whole["checkpoint"]["checkpoint_id"]
    parts = ["next", "values.note"]
    for state in (
        await client.threads.get_state(thread_id, select=parts),
        await client.threads.get_state(thread_id, checkpoint_id=checkpoint_id, select=parts),
        await client.threads.get_state(thread_id, place, select=parts),
        (await client.threads.get_history(thread_id, limit=1, select=parts))[0],
    ):
        assert dict(state) == {"next": [], "values": {"note": "pre"}}
    with pytest.raises(UnprocessableEntityError):
        await client.threads.get_state(thread_id, select=["secrets"])


async def test_searches_the_history_by_metadata_and_by_subgraph(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await _ran(client, "parent")
    inputs = await client.threads.get_history(thread_id, metadata={"source": "input"})
    assert [state["metadata"]["step"] for state in inputs] == [-1]  # type: ignore[index]
    for wrong in ({"a'b": 1}, {"nul": "\0"}):
        async with either_server.http() as http:
            answer = await http.post(f"/threads/{thread_id}/history", json={"metadata": wrong})
        assert answer.status_code in (200, 422)
    nowhere: Any = {"checkpoint_ns": "nobody"}
    assert await client.threads.get_history(thread_id, checkpoint=nowhere) == []
    with pytest.raises(NotFoundError):
        await client.threads.get_state(thread_id, nowhere)


async def test_search_answers_fields_and_single_values(either_server: RunningServer) -> None:
    client, tag = either_server.sdk(), fresh_id()
    thread: Any = await client.threads.create(metadata={"tag": tag})
    await client.runs.wait(thread["thread_id"], "echo", input=asks("first"))
    found: Any = (await client.threads.search(metadata={"tag": tag}, select=["thread_id", "status"]))[0]
    assert found == {"thread_id": thread["thread_id"], "status": "idle"}
    paths = {
        "last": "values.messages[-1].content",
        "kinds": "values.messages[*].type",
        "tag": "metadata.tag",
        "nowhere": "values.messages[9].content",
    }
    [found] = await client.threads.search(metadata={"tag": tag}, select=["status"], extract=paths)
    assert found["extracted"] == {
        "last": "echo: first",
        "kinds": ["human", "ai"],
        "tag": tag,
        "nowhere": None,
    }
    assert "values" not in found
    for path in ("thread_id", "values..x", "values[", ""):
        with pytest.raises(UnprocessableEntityError):
            await client.threads.search(extract={"x": path})


async def test_a_change_may_be_answered_with_nothing(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    threads: Any = client.threads
    assert await threads.update(thread_id, metadata={"a": 1}, return_minimal=True) is None
    assert (await client.threads.get(thread_id))["metadata"] == {"a": 1}


async def test_changes_at_the_same_time_are_all_kept(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    changes = [client.threads.update(thread_id, metadata={f"key-{number}": number}) for number in range(8)]
    await asyncio.gather(*changes)
    metadata: Any = (await client.threads.get(thread_id))["metadata"]
    assert metadata == {f"key-{number}": number for number in range(8)}


async def test_unknown_fields_are_refused_by_name(server: RunningServer) -> None:
    thread_id = await fresh_thread(server.sdk())
    async with server.http() as http:
        for method, path in (
            ("POST", "/threads"),
            ("POST", "/threads/search"),
            ("POST", "/threads/count"),
            ("PATCH", f"/threads/{thread_id}"),
            ("POST", f"/threads/{thread_id}/history"),
            ("POST", f"/threads/{thread_id}/state/checkpoint"),
            ("POST", "/assistants/search"),
            ("POST", "/assistants/count"),
        ):
            answer = await http.request(method, path, json={"bogus": 1})
            assert answer.status_code == 422, path
            assert answer.json()["error"]["details"]["fields"][0]["field"] == "bogus"


async def test_an_open_stream_holds_no_connection(either_server: RunningServer) -> None:
    """More streams than either pool has connections, and the server still answers."""
    client = either_server.sdk()
    names = [fresh_id() for _ in range(12)]

    async def follow(name: str) -> list[Any]:
        thread_id = await fresh_thread(client)
        return [part async for part in client.runs.stream(thread_id, "slow", input=asks(name))]

    async with asyncio.TaskGroup() as group:
        streams = [group.create_task(follow(name)) for name in names]
        for name in names:
            await asyncio.wait_for(either_server.gates.started(name).wait(), 20)
        thread_id = await _ran(client)
        assert len(await client.threads.get_history(thread_id)) == 3
        for name in names:
            either_server.gates.released(name).set()
    assert all(stream.result()[-1].event == "end" for stream in streams)


async def test_the_thread_of_a_graph_that_is_not_served_says_so(server: RunningServer) -> None:
    thread = await server.sdk().threads.create(graph_id="elsewhere")
    with pytest.raises(APIStatusError) as refused:
        await server.sdk().threads.update_state(thread["thread_id"], {"note": "x"})
    assert refused.value.status_code == 409
