"""A database that goes away while runs work, and comes back."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient

from tests.contract.agent_server.asking import asks, fresh_thread, texts
from tests.contract.agent_server.conftest import make_settings, serve
from tests.contract.agent_server.instances import until
from tests.contract.agent_server.steps import GO, steps_of
from tests.contract.agent_server.test_runs import start_slow
from tests.postgres import make_database, start_server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("breaks", "status", "begun"), [(2, "success", ["second 1"] * 3), (9, "error", ["second 1"] * 3)]
)
async def test_a_run_goes_on_when_its_database_broke_off(
    tmp_path: Path, breaks: int, status: str, begun: list[str]
) -> None:
    (tmp_path / GO).touch()
    async with serve(make_settings(tmp_path)) as server:
        client = server.sdk()
        thread_id = await fresh_thread(client)
        given = {"folder": str(tmp_path), "breaks": breaks}
        values: Any = await client.runs.wait(thread_id, "steps", input=given, raise_error=False)
        assert [run["status"] for run in await client.runs.list(thread_id)] == [status]
    if status == "success":
        assert values["done"] == "third"
        assert steps_of(tmp_path) == ["first 1", *begun, "third 1"]
    else:
        assert values["__error__"]["error"] == "database_unavailable"
        assert "server closed" not in values["__error__"]["message"]
        assert steps_of(tmp_path) == ["first 1", *begun]


@pytest.fixture
def own_postgres(postgres_server: str) -> Iterator[Any]:
    """A PostgreSQL that a test may stop, beside the session's."""
    assert postgres_server  # it sets up what both share
    with tempfile.TemporaryDirectory(prefix="narutalk-pg-") as folder:
        started = start_server(Path(folder) / "data")
        yield started
        started.cleanup()


@pytest.mark.slow
async def test_a_restart_of_postgresql_under_load(tmp_path: Path, own_postgres: Any) -> None:
    url = make_database(own_postgres.get_uri(), "outage")
    async with serve(make_settings(tmp_path, url)) as server, server.http() as http:
        client = server.sdk()
        slow = [await _start_slow(server, client) for _ in range(4)]
        stepping = await _start_steps(client, tmp_path)
        await until(lambda: _has_begun(tmp_path, "second 1"))
        await asyncio.to_thread(own_postgres.stop)
        (tmp_path / GO).touch()
        for name, _, _ in slow:
            server.gates.released(name).set()
        await until(lambda: _is_refused(http))
        body = {"assistant_id": "echo", "input": asks()}
        transient = await http.post("/runs/wait", json=body)
        assert transient.status_code == 200, "a run without a thread needs no database"
        refused = await http.post("/runs", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_unavailable")
        await asyncio.to_thread(own_postgres.ensure_postgres_running)
        await until(lambda: _ended(client, [stepping, *(run[1:] for run in slow)]), 30)
        for name, thread_id, _ in slow:
            thread: Any = await client.threads.get(thread_id)
            assert texts(thread["values"]) == [name, f"slow: {name}"]
        assert steps_of(tmp_path)[-1].startswith("third")
        assert steps_of(tmp_path).count("first 1") == 1
        assert texts(await client.runs.wait(await fresh_thread(client), "echo", input=asks()))


async def _start_slow(server: Any, client: LangGraphClient) -> tuple[str, str, str]:
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)
    return name, thread_id, run_id


async def _start_steps(client: LangGraphClient, folder: Path) -> tuple[str, str]:
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "steps", input={"folder": str(folder)}, durability="sync")
    return thread_id, run["run_id"]


async def _has_begun(folder: Path, step: str) -> bool:
    return step in steps_of(folder)


async def _is_refused(http: httpx.AsyncClient) -> bool:
    return (await http.post("/threads/search", json={})).status_code == 503


async def _ended(client: LangGraphClient, runs: list[tuple[str, str]]) -> bool:
    found = [await client.runs.get(thread_id, run_id) for thread_id, run_id in runs]
    return all(run["status"] == "success" for run in found)
