"""What a server finds when it starts, and what it leaves when it stops."""

import asyncio
import logging
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from langgraph_sdk.errors import ConflictError
from sqlalchemy import text

from narutalk.db import build_engine
from narutalk.process import is_dead, this_process
from services.agent_server.storage.database import service_schema, threads_url
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import make_app, make_settings, serve
from tests.contract.agent_server.graphs import Gates
from tests.contract.agent_server.test_runs import start_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[3]


async def test_stopping_marks_running_runs_and_a_restart_keeps_the_rest(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve(settings) as server:
        client = server.sdk()
        done, cut = await fresh_thread(client), await fresh_thread(client)
        await client.runs.wait(done, "ask", input=asks())
        name, run_id = await start_slow(server, client, cut)
    assert name in server.gates.cancelled
    async with serve(settings) as server:
        client = server.sdk()
        assert (await client.runs.get(cut, run_id))["status"] == "interrupted"
        joined = [event.event async for event in client.runs.join_stream(cut, run_id)]
        assert joined == ["error", "end"]
        assert texts(await client.runs.wait(done, "ask", command={"resume": "yes"}))[-1] == "answer: yes"


async def test_runs_of_a_dead_process_are_failed_at_start(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve(settings) as server:
        client = server.sdk()
        thread_id = await fresh_thread(client)
        other = await client.runs.create(thread_id, "echo", input=asks())
        await client.runs.join(thread_id, other["run_id"])
        run = await client.runs.create(thread_id, "echo", input=asks())
        await client.runs.join(thread_id, run["run_id"])
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host, _, _ = this_process().rsplit("/", 2)
    _set_running(settings, run["run_id"], f"{host}/{dead.pid}/1.00")
    _set_running(settings, other["run_id"], this_process())
    async with serve(settings) as server:
        client = server.sdk()
        assert (await client.runs.get(thread_id, run["run_id"]))["status"] == "error"
        assert (await client.runs.get(thread_id, other["run_id"]))["status"] == "running"
        thread = await client.threads.get(thread_id)
        assert thread["error"]["error"] == "RunLost"  # type: ignore[typeddict-item]


async def test_a_dead_siblings_run_is_failed_when_it_is_asked_for_and_a_living_ones_is_left_alone(
    tmp_path: Path,
) -> None:
    """As at the second of two instances, which share the database."""
    settings = make_settings(tmp_path)
    async with serve(settings) as server:
        client = server.sdk()
        thread_id = await fresh_thread(client)
        runs = [await client.runs.create(thread_id, "echo", input=asks()) for _ in range(2)]
        for run in runs:
            await client.runs.join(thread_id, run["run_id"])
    first, newest = (run["run_id"] for run in runs)
    async with serve(settings) as server:
        client = server.sdk()
        _set_running(settings, newest, this_process())
        with pytest.raises(ConflictError, match="Another instance"):
            await client.runs.cancel(thread_id, newest)
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        host, _, _ = this_process().rsplit("/", 2)
        _set_running(settings, first, f"{host}/{dead.pid}/1.00")
        joined = [event.event async for event in client.runs.join_stream(thread_id, first)]
        assert joined == ["error", "end"]
        assert (await client.runs.get(thread_id, first))["status"] == "error"
        assert (await client.threads.get(thread_id))["status"] == "idle", "a newer run went on with it"


def _set_running(settings, run_id: str, process: str) -> None:  # type: ignore[no-untyped-def]
    engine = build_engine(threads_url(settings, "test"), schema=service_schema("test"))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE runs SET status = 'running', process = :process WHERE run_id = :run_id"),
            {"process": process, "run_id": run_id},
        )
    engine.dispose()


async def test_a_process_is_dead_only_when_it_surely_is() -> None:
    host, pid, started = this_process().rsplit("/", 2)
    assert int(pid) == os.getpid()
    assert not is_dead(this_process())
    assert is_dead(f"{host}/{pid}/{float(started) + 5:.2f}")
    assert not is_dead(f"another-host/{pid}/1.00")


START_ONE = """
import asyncio, sys
from pathlib import Path
from narutalk.identity import Issuer, build_verifier
from services.agent_server.app import create_agent_app
from tests.contract.agent_server.conftest import make_settings

async def main(service, data_dir, url):
    settings = make_settings(Path(data_dir), url)
    verifier = build_verifier(settings, Issuer.MANAGER)
    app = create_agent_app(service=service, graphs={}, settings=settings, verifier=verifier)
    print("ready", flush=True)
    sys.stdin.readline()
    async with app.router.lifespan_context(app):
        await app.state.server.threads.ping()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_several_processes_start_on_one_new_database(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    """Two instances of one service and another service migrate at once."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    make_settings(tmp_path)
    suffix = fresh_id()[:8]
    started = []
    for name in ("one", "one", "two"):
        arguments = ["-c", START_ONE, f"{name}_{suffix}", str(tmp_path), url]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=ROOT
        )
        started.append(process)
    for process in started:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    for ended in await asyncio.gather(*(process.communicate(b"go\n") for process in started)):
        assert b"Traceback" not in ended[1], ended[1].decode()
    assert [process.returncode for process in started] == [0, 0, 0]


async def test_messages_are_reopened_without_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_settings(tmp_path)
    thread_id = fresh_id()
    with caplog.at_level(logging.WARNING):
        async with serve(settings) as server:
            await server.sdk().runs.wait(thread_id, "typed", input=asks(), if_not_exists="create")
        async with serve(settings) as server:
            await server.sdk().runs.wait(thread_id, "typed", command={"resume": "yes"})
    assert "eserializ" not in caplog.text


async def test_making_an_app_opens_nothing(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    make_app(settings, Gates())
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]
