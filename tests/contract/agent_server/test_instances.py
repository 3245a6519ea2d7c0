"""Two instances of one service over one database: order, cancelling, taking over."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from langgraph_sdk.errors import ConflictError, NotFoundError

from tests.contract.agent_server.asking import asks, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS
from tests.contract.agent_server.instances import (
    Pair,
    change_row,
    dead_process,
    read_row,
    serve_pair,
    until,
)
from tests.contract.agent_server.test_runs import start_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with serve_pair(tmp_path_factory.mktemp("data"), url) as running:
        yield running


async def test_a_busy_thread_rejects_a_run_of_another_instance(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    with pytest.raises(ConflictError):
        await there.runs.create(thread_id, "echo", input=asks(), multitask_strategy="reject")
    pair.first.gates.released(name).set()
    await here.runs.join(thread_id, run_id)
    assert len(await there.runs.list(thread_id)) == 1


async def test_runs_of_two_instances_follow_each_other(pair: Pair) -> None:
    clients = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(clients[0])
    name, _ = await start_slow(pair.first, clients[0], thread_id)
    runs = []
    for number in range(4):
        run = await clients[number % 2].runs.create(thread_id, "echo", input=asks(str(number)))
        runs.append(run["run_id"])
    assert {(await clients[0].runs.get(thread_id, run_id))["status"] for run_id in runs} == {"pending"}
    pair.first.gates.released(name).set()
    values = await clients[1].runs.join(thread_id, runs[-1])
    echoes = [text for number in range(4) for text in (str(number), f"echo: {number}")]
    assert texts(values) == [name, f"slow: {name}", *echoes]
    thread = await clients[0].threads.get(thread_id)
    assert thread["status"] == "idle"


@pytest.mark.parametrize(("strategy", "left"), [("interrupt", "interrupted"), ("rollback", None)])
async def test_a_new_run_takes_the_place_of_one_elsewhere(
    pair: Pair, strategy: str, left: str | None
) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    values = await there.runs.wait(thread_id, "echo", input=asks("new"), multitask_strategy=strategy)  # type: ignore[call-overload]
    assert name in pair.first.gates.cancelled
    assert (name in texts(values)) == (strategy == "interrupt")
    statuses = {run["run_id"]: run["status"] for run in await there.runs.list(thread_id)}
    assert statuses.get(run_id) == left


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_cancelling_stops_a_run_elsewhere(pair: Pair, action: str) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    await there.runs.cancel(thread_id, run_id, wait=True, action=action)  # type: ignore[arg-type]
    assert name in pair.first.gates.cancelled
    if action == "rollback":
        with pytest.raises(NotFoundError):
            await there.runs.get(thread_id, run_id)
        assert await there.threads.get_history(thread_id) == []
    else:
        assert (await there.runs.get(thread_id, run_id))["status"] == "interrupted"


async def test_deleting_stops_a_run_elsewhere(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    await there.runs.delete(thread_id, run_id)
    assert name in pair.first.gates.cancelled
    name, _ = await start_slow(pair.first, here, thread_id)
    await there.threads.delete(thread_id)
    assert name in pair.first.gates.cancelled
    with pytest.raises(NotFoundError):
        await here.threads.get(thread_id)


async def test_another_user_cannot_stop_a_run_elsewhere(pair: Pair) -> None:
    here = pair.first.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    async with pair.second.http(BORIS) as http:
        answer = await http.post(f"/threads/{thread_id}/runs/{run_id}/cancel")
    assert answer.status_code == 404
    pair.first.gates.released(name).set()
    await here.runs.join(thread_id, run_id)
    assert (await here.runs.get(thread_id, run_id))["status"] == "success"


async def test_a_dead_process_s_run_goes_on_where_it_is_asked_for(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    await change_row(pair.settings, run_id, process=dead_process())
    assert (await there.runs.get(thread_id, run_id))["status"] == "running"
    await asyncio.wait_for(pair.second.gates.started(name).wait(), 10)
    pair.second.gates.released(name).set()
    assert texts(await there.runs.join(thread_id, run_id)) == [name, f"slow: {name}"]
    await until(lambda: _is_cancelled(pair, name))
    assert (await read_row(pair.settings, run_id))["attempt"] == 2


async def test_a_process_without_the_lease_stores_nothing(pair: Pair) -> None:
    """As one that was frozen while another took its run over, and ends before it has noticed."""
    here = pair.first.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    await change_row(pair.settings, run_id, process="host-b/1/1.00", attempt=2)
    live = pair.first.app.state.server.executor.find(run_id)
    pair.first.gates.released(name).set()
    await asyncio.wait_for(live.ended.wait(), 10)
    assert live.left
    row = await read_row(pair.settings, run_id)
    assert (row["status"], row["attempt"]) == ("running", 2)
    assert (await here.threads.get(thread_id))["status"] == "busy"
    await change_row(pair.settings, run_id, lease_until=None)
    await until(lambda: _has_status(pair, thread_id, run_id, "success"))  # the graph was over


async def test_a_run_is_given_up_after_three_attempts(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    await change_row(pair.settings, run_id, process=dead_process(), attempt=3)
    await until(lambda: _has_status(pair, thread_id, run_id, "error"))
    error = (await there.threads.get(thread_id))["error"]  # type: ignore[typeddict-item]
    assert error["error"] == "RunLost"
    assert "3 times" in error["message"]
    assert "died" in error["message"]
    await until(lambda: _is_cancelled(pair, name))


async def test_cancelling_a_dead_process_s_run_ends_it_at_once(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, run_id = await start_slow(pair.first, here, thread_id)
    await change_row(pair.settings, run_id, process=dead_process())
    await there.runs.cancel(thread_id, run_id, wait=True)
    assert (await there.runs.get(thread_id, run_id))["status"] == "interrupted"
    assert not pair.second.gates.started(name).is_set() or name in pair.second.gates.cancelled
    assert texts(await there.runs.wait(thread_id, "echo", input=asks("next")))[-1] == "echo: next"


async def test_a_waiting_run_of_a_dead_process_gets_its_turn_elsewhere(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    name, _ = await start_slow(pair.first, here, thread_id)
    second = await here.runs.create(thread_id, "echo", input=asks("second"))
    await change_row(pair.settings, second["run_id"], process=dead_process())
    assert (await there.runs.get(thread_id, second["run_id"]))["status"] == "pending"
    pair.first.gates.released(name).set()
    assert texts(await there.runs.join(thread_id, second["run_id"]))[-1] == "echo: second"
    assert (await read_row(pair.settings, second["run_id"]))["attempt"] == 1, "it had not begun"


async def test_a_run_of_a_graph_that_is_not_served_any_more_fails_with_the_reason(pair: Pair) -> None:
    here, there = pair.first.sdk(), pair.second.sdk()
    thread_id = await fresh_thread(here)
    _, run_id = await start_slow(pair.first, here, thread_id)
    await change_row(pair.settings, run_id, process=dead_process(), metadata='{"graph_id": "gone"}')
    await until(lambda: _has_status(pair, thread_id, run_id, "error"))
    assert "gone" in (await there.threads.get(thread_id))["error"]["message"]  # type: ignore[typeddict-item]


async def test_a_stateless_resumable_run_hides_its_thread_and_sweeps_it_later(pair: Pair) -> None:
    here = pair.first.sdk()
    async with pair.first.http() as http:
        body = {"assistant_id": "echo", "input": asks(), "stream_resumable": True}
        answer = await http.post("/runs/wait", json=body)
    assert answer.status_code == 200
    _, thread_id, _, run_id = answer.headers["content-location"].strip("/").split("/")
    assert (await read_row(pair.settings, run_id))["status"] == "success"
    with pytest.raises(httpx.HTTPStatusError):
        await here.threads.get(thread_id)
    server = pair.second.app.state.server
    assert await server.runs.abandoned_threads(ended_seconds=0, limit=100) == [thread_id]


async def _is_cancelled(pair: Pair, name: str) -> bool:
    return name in pair.first.gates.cancelled


async def _has_status(pair: Pair, thread_id: str, run_id: str, status: str) -> bool:
    return (await pair.second.sdk().runs.get(thread_id, run_id))["status"] == status
