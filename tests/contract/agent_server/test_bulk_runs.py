"""Batches, stopping many runs, and runs that are reached without their thread."""

from pathlib import Path

import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import NotFoundError, UnprocessableEntityError
from langgraph_sdk.schema import Run

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS, RunningServer
from tests.contract.agent_server.instances import serve_pair, until
from tests.contract.agent_server.test_runs import start_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_batch_starts_each_run_and_keeps_the_order(either_server: RunningServer) -> None:
    sdk, thread_id = either_server.sdk(), await fresh_thread(either_server.sdk())
    entries = [
        {"assistant_id": "echo", "input": asks("a"), "metadata": {"n": 0}},
        {"assistant_id": "talk", "input": asks("b"), "metadata": {"n": 1}, "thread_id": thread_id},
        {"assistant_id": "echo", "input": asks("c"), "metadata": {"n": 2}, "webhook": None},
    ]
    runs = await sdk.runs.create_batch(entries)  # type: ignore[arg-type]
    assert [run["metadata"]["n"] for run in runs] == [0, 1, 2]
    assert runs[1]["thread_id"] == thread_id
    for run, text in zip(runs, ("echo: a", "hello brave world", "echo: c"), strict=True):
        assert texts(await sdk.runs.join(run["thread_id"], run["run_id"]))[-1] == text


async def test_a_batch_of_the_javascript_client_is_understood(server: RunningServer) -> None:
    entry = {
        "assistantId": "echo",
        "assistant_id": "echo",
        "input": asks(),
        "streamMode": "updates",
        "signal": {},
        "ifNotExists": "create",
    }
    async with server.http() as http:
        [run] = (await http.post("/runs/batch", json=[entry])).json()
    assert run["kwargs"]["stream_mode"] == ["updates"]


async def test_a_batch_with_one_run_that_cannot_be_starts_none(server: RunningServer) -> None:
    name = fresh_id()
    fine = {"assistant_id": "slow", "input": asks(name)}
    bad = {"assistant_id": "echo", "input": asks(), "interrupt_before": ["nobody"]}
    async with server.http() as http:
        answer = await http.post("/runs/batch", json=[fine, bad])
        foreign = {"assistant_id": "echo", "thread_id": await fresh_thread(server.sdk(BORIS))}
        theirs = await http.post("/runs/batch", json=[foreign])
        empty = await http.post("/runs/batch", json=[])
        many = await http.post("/runs/batch", json=[{"assistant_id": "echo"}] * 101)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "node_unknown")
    assert answer.json()["error"]["details"]["index"] == 1
    assert (theirs.status_code, empty.status_code, many.status_code) == (404, 422, 422)
    assert not server.gates.started(name).is_set()


async def test_a_run_of_a_batch_that_fails_to_start_says_so_in_its_place(server: RunningServer) -> None:
    sdk, name = server.sdk(), fresh_id()
    thread_id = await fresh_thread(sdk)
    entry = {"assistant_id": "slow", "input": asks(name), "thread_id": thread_id}
    first, second = await sdk.runs.create_batch([entry, entry | {"multitask_strategy": "reject"}])  # type: ignore[list-item]
    assert first["status"] in ("pending", "running")
    assert second["__error__"]["error"] == "thread_busy"  # type: ignore[typeddict-item]
    await sdk.runs.cancel(thread_id, first["run_id"], wait=True)


async def test_named_runs_are_cancelled(either_server: RunningServer) -> None:
    sdk, names = either_server.sdk(), [fresh_id(), fresh_id()]
    thread_id = await fresh_thread(sdk)
    runs = [await sdk.runs.create(thread_id, "slow", input=asks(name)) for name in names]
    ids = [run["run_id"] for run in runs]
    await either_server.gates.started(names[0]).wait()
    await sdk.runs.cancel_many(thread_id=thread_id, run_ids=ids, action="interrupt")
    for run_id in ids:
        await sdk.runs.join(thread_id, run_id)
    assert {run["status"] for run in await sdk.runs.list(thread_id)} == {"interrupted"}
    assert not either_server.gates.started(names[1]).is_set()
    await sdk.runs.cancel_many(thread_id=thread_id, run_ids=ids)  # they have ended: nothing to do


async def test_an_unknown_run_among_the_named_ones_stops_none(server: RunningServer) -> None:
    sdk, name = server.sdk(), fresh_id()
    thread_id = await fresh_thread(sdk)
    run = await sdk.runs.create(thread_id, "slow", input=asks(name))
    await server.gates.started(name).wait()
    with pytest.raises(NotFoundError):
        await sdk.runs.cancel_many(thread_id=thread_id, run_ids=[run["run_id"], fresh_id()])
    with pytest.raises(NotFoundError):
        await server.sdk(BORIS).runs.cancel_many(thread_id=thread_id, run_ids=[run["run_id"]])
    server.gates.released(name).set()
    assert texts(await sdk.runs.join(thread_id, run["run_id"]))[-1] == f"slow: {name}"


async def test_runs_are_cancelled_by_their_status(either_server: RunningServer) -> None:
    sdk, boris = either_server.sdk(), either_server.sdk(BORIS)
    mine, waiting, theirs = fresh_id(), fresh_id(), fresh_id()
    thread_id, their_thread = await fresh_thread(sdk), await fresh_thread(boris)
    running = await sdk.runs.create(thread_id, "slow", input=asks(mine))
    pending = await sdk.runs.create(thread_id, "slow", input=asks(waiting))
    foreign = await boris.runs.create(their_thread, "slow", input=asks(theirs))
    await either_server.gates.started(mine).wait()
    await sdk.runs.cancel_many(status="pending", action="rollback")
    await until(lambda: _is_gone(sdk, pending))
    assert (await sdk.runs.get(thread_id, running["run_id"]))["status"] == "running"
    await sdk.runs.cancel_many(status="all")
    await sdk.runs.join(thread_id, running["run_id"])
    assert (await sdk.runs.get(thread_id, running["run_id"]))["status"] == "interrupted"
    assert (await boris.runs.get(their_thread, foreign["run_id"]))["status"] == "running"
    await boris.runs.cancel_many(status="running")
    await boris.runs.join(their_thread, foreign["run_id"])
    assert mine in either_server.gates.cancelled


@pytest.mark.parametrize(
    "body",
    [{}, {"thread_id": fresh_id()}, {"run_ids": [fresh_id()]}, {"status": "done"}, {"status": "all", "x": 1}],
)
async def test_what_to_cancel_must_be_said(server: RunningServer, body: dict[str, str]) -> None:
    async with server.http() as http:
        assert (await http.post("/runs/cancel", json=body)).status_code == 422


async def test_a_stateless_run_is_reached_where_its_location_says(server: RunningServer) -> None:
    name = fresh_id()
    async with server.http() as http:
        body = {"assistant_id": "slow", "input": asks(name), "stream_mode": "values"}
        async with http.stream("POST", "/runs/stream", json=body) as first:
            location, run_path = first.headers["location"], first.headers["content-location"]
            await server.gates.started(name).wait()
            run = (await http.get(run_path)).json()
            assert run["status"] == "running"
            server.gates.released(name).set()
            whole = (await http.get(location)).text
            by_id = (await http.get(f"/runs/{run['run_id']}/stream")).text
            assert whole == by_id == (await first.aread()).decode()
        assert texts((await http.get(f"{run_path}/join")).json())[-1] == f"slow: {name}"
        assert (await http.post(f"{run_path}/cancel")).status_code == 202
    async with server.http(BORIS) as http:
        assert (await http.get(f"/runs/{run['run_id']}/stream")).status_code == 404
        assert (await http.get("/runs/nonsense/stream")).status_code == 422


async def test_a_stateless_run_is_cancelled_with_all_others(server: RunningServer) -> None:
    name = fresh_id()
    async with server.http() as http:
        body = {"assistant_id": "slow", "input": asks(name)}
        async with http.stream("POST", "/runs/stream", json=body) as answer:
            await server.gates.started(name).wait()
            await server.sdk().runs.cancel_many(status="running")
            assert "RunInterrupted" in (await answer.aread()).decode()


async def test_an_assistant_that_is_not_there_is_named(server: RunningServer) -> None:
    with pytest.raises(UnprocessableEntityError, match="nope"):
        await server.sdk().runs.create_batch([{"assistant_id": "nope"}])  # type: ignore[typeddict-item]


async def test_the_events_of_a_batch_are_kept_for_any_instance(tmp_path: Path) -> None:
    async with serve_pair(tmp_path) as pair:
        thread_id = await fresh_thread(pair.first.sdk())
        entry = {"assistant_id": "talk", "input": asks(), "thread_id": thread_id}
        [run] = await pair.first.sdk().runs.create_batch([entry])  # type: ignore[list-item]
        events = [event.event async for event in pair.second.sdk().runs.join_stream(thread_id, run["run_id"])]
        assert (events[0], events[-1]) == ("metadata", "end")
        assert "values" in events


async def test_runs_are_cancelled_from_any_instance(tmp_path: Path) -> None:
    async with serve_pair(tmp_path) as pair:
        here, there = pair.first.sdk(), pair.second.sdk()
        threads = [await fresh_thread(here), await fresh_thread(here)]
        ids = [(await start_slow(pair.first, here, thread_id))[1] for thread_id in threads]
        await there.runs.cancel_many(thread_id=threads[0], run_ids=[ids[0]])
        await until(lambda: _has_ended(there, threads[0]))
        assert not await _has_ended(there, threads[1])
        await there.runs.cancel_many(status="running")
        await until(lambda: _has_ended(there, threads[1]))


async def _is_gone(sdk: LangGraphClient, run: Run) -> bool:
    try:
        await sdk.runs.get(run["thread_id"], run["run_id"])
    except NotFoundError:
        return True
    return False


async def _has_ended(sdk: LangGraphClient, thread_id: str) -> bool:
    return [run["status"] for run in await sdk.runs.list(thread_id)] == ["interrupted"]
