"""What a server finds when it starts, and what it leaves when it stops."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from narutalk.process import is_dead, this_process
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import make_app, make_settings, serve
from tests.contract.agent_server.graphs import Gates
from tests.contract.agent_server.instances import change_row, dead_process, read_row
from tests.contract.agent_server.test_runs import start_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[3]


async def test_a_stopped_server_s_runs_go_on_after_the_restart(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve(settings) as server:
        client = server.sdk()
        done, cut = await fresh_thread(client), await fresh_thread(client)
        await client.runs.wait(done, "ask", input=asks())
        name, run_id = await start_slow(server, client, cut)
        waiting = await client.runs.create(cut, "echo", input=asks("waiting"))
    assert name in server.gates.cancelled
    assert (await read_row(settings, run_id))["status"] == "pending"
    async with serve(settings) as server:
        client = server.sdk()
        await asyncio.wait_for(server.gates.started(name).wait(), 10)
        server.gates.released(name).set()
        values = await client.runs.join(cut, waiting["run_id"])
        assert texts(values) == [name, f"slow: {name}", "waiting", "echo: waiting"]
        assert (await client.runs.get(cut, run_id))["status"] == "success"
        assert texts(await client.runs.wait(done, "ask", command={"resume": "yes"}))[-1] == "answer: yes"
    assert (await read_row(settings, run_id))["attempt"] == 1, "a clean stop is no failed attempt"


async def test_a_stopped_server_s_runs_go_on_in_its_sibling(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve(settings, process="host-b/1/1.00") as sibling:
        async with serve(settings, process="host-a/1/1.00") as server:
            client = server.sdk()
            thread_id = await fresh_thread(client)
            name, run_id = await start_slow(server, client, thread_id)
        await asyncio.wait_for(sibling.gates.started(name).wait(), 10)
        sibling.gates.released(name).set()
        assert texts(await sibling.sdk().runs.join(thread_id, run_id)) == [name, f"slow: {name}"]


async def test_stopping_ends_what_nobody_can_go_on_with(tmp_path: Path) -> None:
    """A run without a thread has no row: whoever waits for it is told before the server stops."""
    async with serve(make_settings(tmp_path)) as server:
        name = fresh_id()
        asked = asyncio.create_task(server.sdk().runs.wait(None, "slow", input=asks(name), raise_error=False))
        await asyncio.wait_for(server.gates.started(name).wait(), 10)
        await server.app.state.server.executor.close()
        values = await asked
    assert values["__error__"]["error"] == "RunInterrupted"  # type: ignore[call-overload]
    assert name in server.gates.cancelled


async def test_runs_of_a_dead_process_go_on_at_the_start(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve(settings) as server:
        client = server.sdk()
        thread_id = await fresh_thread(client)
        _, run_id = await start_slow(server, client, thread_id)
        await change_row(settings, run_id, process=dead_process())
    async with serve(settings) as server:
        assert server.app.state.server.executor.find(run_id), "taken over before the first request"
        await server.sdk().runs.cancel(thread_id, run_id, wait=True)
    assert (await read_row(settings, run_id))["attempt"] == 2


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
