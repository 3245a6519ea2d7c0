"""What one process takes on: how many runs work, how many wait, how long one may take."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS, RunningServer, make_settings, serve
from tests.contract.agent_server.instances import until
from tests.contract.agent_server.test_runs import start_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_that_takes_too_long_ends_with_timeout(tmp_path: Path) -> None:
    settings = make_settings(tmp_path).model_copy(update={"run_timeout_seconds": 0.2})
    async with serve(settings) as server:
        client, name = server.sdk(), fresh_id()
        thread_id = await fresh_thread(client)
        values: Any = await client.runs.wait(thread_id, "slow", input=asks(name), raise_error=False)
        assert values["__error__"]["error"] == "RunTimedOut"
        assert "0.2 seconds" in values["__error__"]["message"]
        assert name in server.gates.cancelled
        assert [run["status"] for run in await client.runs.list(thread_id)] == ["timeout"]
        assert (await client.threads.get(thread_id))["status"] == "error"
        assert texts(await client.runs.wait(thread_id, "echo", input=asks("next")))[-1] == "echo: next"


async def test_runs_above_the_limit_wait_and_users_take_turns(tmp_path: Path) -> None:
    settings = make_settings(tmp_path).model_copy(update={"run_concurrency": 1})
    async with serve(settings) as server:
        anna, boris = server.sdk(), server.sdk(BORIS)
        names = [fresh_id() for _ in range(4)]
        runs = [await _start(server, anna, name) for name in names[:3]]
        runs.append(await _start(server, boris, names[3]))
        await asyncio.wait_for(server.gates.started(names[0]).wait(), 10)
        assert (await boris.runs.get(*runs[3]))["status"] == "pending"
        for released, then in ((0, 1), (1, 3), (3, 2)):
            assert not server.gates.started(names[then]).is_set()
            server.gates.released(names[released]).set()
            await asyncio.wait_for(server.gates.started(names[then]).wait(), 10)
        server.gates.released(names[2]).set()
        assert texts(await anna.runs.join(*runs[2]))[-1] == f"slow: {names[2]}"


async def test_a_thread_that_waits_takes_no_slot(tmp_path: Path) -> None:
    settings = make_settings(tmp_path).model_copy(update={"run_concurrency": 2})
    async with serve(settings) as server:
        client = server.sdk()
        thread_id = await fresh_thread(client)
        name, _ = await start_slow(server, client, thread_id)
        behind = [await client.runs.create(thread_id, "echo", input=asks()) for _ in range(3)]
        other = await fresh_thread(client)
        assert texts(await client.runs.wait(other, "echo", input=asks()))[-1] == "echo: hi"
        server.gates.released(name).set()
        await client.runs.join(thread_id, behind[-1]["run_id"])


async def test_a_full_line_refuses_and_keeps_nothing(tmp_path: Path) -> None:
    settings = make_settings(tmp_path).model_copy(update={"run_concurrency": 1})
    async with serve(settings) as server, server.http() as http:
        client, name = server.sdk(), fresh_id()
        for _ in range(17):
            await client.runs.create(None, "slow", input=asks(name))
        threads = await client.threads.count()
        body = {"assistant_id": "echo", "input": asks()}
        for path in ("/runs", "/runs/wait", "/runs/stream"):
            answer = await http.post(path, json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "queue_full")
        assert await client.threads.count() == threads
        server.gates.released(name).set()
        executor = server.app.state.server.executor
        await until(lambda: _is_idle(executor))
        assert (await http.post("/runs/wait", json=body)).status_code == 200


async def _is_idle(executor: Any) -> bool:
    return not executor._live


async def _start(server: RunningServer, client: Any, name: str) -> tuple[str, str]:
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "slow", input=asks(name))
    return thread_id, run["run_id"]
