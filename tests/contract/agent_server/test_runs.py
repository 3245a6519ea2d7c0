"""Runs through `langgraph_sdk`: wait, stream, background, join, list, cancel, without a thread."""

import asyncio

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def start_slow(
    server: RunningServer, client: LangGraphClient, thread_id: str, **options: object
) -> tuple[str, str]:
    """Start the slow graph and wait until it is in its node; return its gate's name and its run id."""
    name = fresh_id()
    run = await client.runs.create(
        thread_id, "slow", input=asks(name), stream_mode=["custom", "values"], **options
    )  # type: ignore[call-overload]
    await asyncio.wait_for(server.gates.started(name).wait(), 10)
    return name, run["run_id"]


async def test_waits_for_the_last_values(either_server: RunningServer) -> None:
    client = either_server.sdk()
    values = await client.runs.wait(await fresh_thread(client), "echo", input=asks())
    assert texts(values) == ["hi", "echo: hi"]


async def test_waiting_reports_a_failure_as_a_value(server: RunningServer) -> None:
    client = server.sdk()
    values = await client.runs.wait(await fresh_thread(client), "fail", input=asks(), raise_error=False)
    assert values == {"__error__": {"error": "ValueError", "message": "boom from node"}}


async def test_waiting_reports_interrupts(server: RunningServer) -> None:
    client = server.sdk()
    values = await client.runs.wait(await fresh_thread(client), "ask", input=asks())
    assert values["__interrupt__"][0]["value"] == {"question": "approve?"}  # type: ignore[call-overload]


async def test_streams_from_metadata_to_end(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    events = [
        event async for event in client.runs.stream(thread_id, "talk", input=asks(), stream_mode="updates")
    ]
    assert [event.event for event in events] == ["metadata", "updates", "end"]
    run = await client.runs.get(thread_id, events[0].data["run_id"])
    assert run["status"] == "success"


async def test_a_background_run_is_joined_and_listed(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(either_server, client, thread_id)
    assert (await client.threads.get(thread_id))["status"] == "busy"
    assert (await client.runs.get(thread_id, run_id))["status"] == "running"
    joined = asyncio.create_task(client.runs.join(thread_id, run_id))
    either_server.gates.released(name).set()
    assert texts(await joined)[-1] == f"slow: {name}"
    assert [run["run_id"] for run in await client.runs.list(thread_id)] == [run_id]
    assert await client.runs.list(thread_id, status="running") == []
    assert (await client.threads.get(thread_id))["status"] == "idle"


async def test_runs_without_a_thread(server: RunningServer) -> None:
    client = server.sdk()
    assert texts(await client.runs.wait(None, "echo", input=asks())) == ["hi", "echo: hi"]
    events = [event.event async for event in client.runs.stream(None, "echo", input=asks())]
    assert events == ["metadata", "values", "values", "end"]


async def test_a_background_run_without_a_thread_leaves_nothing(server: RunningServer) -> None:
    client = server.sdk()
    run = await client.runs.create(None, "echo", input=asks())
    await client.runs.join(run["thread_id"], run["run_id"])
    with pytest.raises(NotFoundError):
        await client.threads.get(run["thread_id"])


async def test_a_run_without_a_thread_keeps_one_when_asked(server: RunningServer) -> None:
    client = server.sdk()
    made: list[str] = []
    await client.runs.wait(
        None,
        "echo",
        input=asks(),
        on_completion="keep",
        on_run_created=lambda run: made.append(run["thread_id"] or ""),
    )
    assert texts((await client.threads.get(made[0]))["values"]) == ["hi", "echo: hi"]


async def test_a_missing_thread_is_made_only_when_asked(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = fresh_id()
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await client.runs.wait(thread_id, "echo", input=asks())
    await client.runs.wait(thread_id, "echo", input=asks(), if_not_exists="create")
    assert (await client.threads.get(thread_id))["status"] == "idle"


async def test_stops_before_a_node_and_goes_on(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, "parent", input=asks(), interrupt_before=["child"])
    assert (await client.threads.get(thread_id))["status"] == "interrupted"
    values = await client.runs.wait(thread_id, "parent", input=None)
    assert texts(values) == ["hi", "hello brave world"]


async def test_runs_of_one_thread_follow_each_other(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    name, _ = await start_slow(either_server, client, thread_id)
    second = await client.runs.create(thread_id, "echo", input=asks("second"))
    third = await client.runs.create(thread_id, "echo", input=asks("third"))
    assert (await client.runs.get(thread_id, third["run_id"]))["status"] == "pending"
    either_server.gates.released(name).set()
    values = await client.runs.join(thread_id, third["run_id"])
    assert texts(values) == [name, f"slow: {name}", "second", "echo: second", "third", "echo: third"]
    assert (await client.runs.get(thread_id, second["run_id"]))["status"] == "success"


async def test_rejects_a_second_run_when_asked(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)
    with pytest.raises(ConflictError):
        await client.runs.create(thread_id, "echo", input=asks(), multitask_strategy="reject")
    server.gates.released(name).set()
    await client.runs.join(thread_id, run_id)
    assert len(await client.runs.list(thread_id)) == 1


@pytest.mark.parametrize(("strategy", "left"), [("interrupt", "interrupted"), ("rollback", None)])
async def test_a_new_run_takes_the_place_of_the_old(
    either_server: RunningServer, strategy: str, left: str | None
) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(either_server, client, thread_id)
    values = await client.runs.wait(thread_id, "echo", input=asks("new"), multitask_strategy=strategy)  # type: ignore[call-overload]
    assert name in either_server.gates.cancelled
    assert texts(values)[-1] == "echo: new"
    assert (name in texts(values)) == (strategy == "interrupt")
    statuses = {run["run_id"]: run["status"] for run in await client.runs.list(thread_id)}
    assert statuses.get(run_id) == left


async def test_cancelling_stops_the_node(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(either_server, client, thread_id)
    await client.runs.cancel(thread_id, run_id, wait=True)
    assert name in either_server.gates.cancelled
    assert (await client.runs.get(thread_id, run_id))["status"] == "interrupted"
    assert (await client.threads.get(thread_id))["status"] == "interrupted"
    assert texts(await client.runs.wait(thread_id, "echo", input=asks("next")))[-1] == "echo: next"


async def test_cancelling_with_rollback_leaves_the_thread_as_it_was(either_server: RunningServer) -> None:
    client = either_server.sdk()
    thread_id = await fresh_thread(client)
    before_name, before_run = await start_slow(either_server, client, thread_id)
    either_server.gates.released(before_name).set()
    await client.runs.join(thread_id, before_run)
    before = await client.threads.get_history(thread_id)
    _, run_id = await start_slow(either_server, client, thread_id)
    await client.runs.cancel(thread_id, run_id, wait=True, action="rollback")
    assert await client.threads.get_history(thread_id) == before
    thread = await client.threads.get(thread_id)
    assert texts(thread["values"]) == [before_name, f"slow: {before_name}"]
    assert thread["status"] == "idle"
    with pytest.raises(NotFoundError):
        await client.runs.get(thread_id, run_id)


async def test_cancelling_a_run_that_waits_lets_the_others_be(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, first = await start_slow(server, client, thread_id)
    second = await client.runs.create(thread_id, "echo", input=asks("second"))
    await client.runs.cancel(thread_id, second["run_id"], wait=True)
    assert (await client.runs.get(thread_id, second["run_id"]))["status"] == "interrupted"
    assert (await client.threads.get(thread_id))["status"] == "busy"
    server.gates.released(name).set()
    assert texts(await client.runs.join(thread_id, first))[-1] == f"slow: {name}"


async def test_deleting_a_thread_stops_its_runs(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)
    await client.threads.delete(thread_id)
    assert name in server.gates.cancelled
    with pytest.raises(NotFoundError):
        await client.runs.get(thread_id, run_id)


async def test_deletes_a_run(server: RunningServer) -> None:
    client = server.sdk()
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "echo", input=asks())
    await client.runs.join(thread_id, run["run_id"])
    await client.runs.delete(thread_id, run["run_id"])
    with pytest.raises(NotFoundError):
        await client.runs.get(thread_id, run["run_id"])


async def test_a_recursion_limit_fails_the_run(server: RunningServer) -> None:
    client = server.sdk()
    values = await client.runs.wait(
        await fresh_thread(client), "parent", input=asks(), config={"recursion_limit": 1}, raise_error=False
    )
    assert values["__error__"]["error"] == "GraphRecursionError"  # type: ignore[call-overload]
