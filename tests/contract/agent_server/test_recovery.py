"""Processes that are killed and frozen in the middle of runs."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient

from tests.contract.agent_server.asking import fresh_thread
from tests.contract.agent_server.conftest import make_settings, serve
from tests.contract.agent_server.instances import read_row, until
from tests.contract.agent_server.served_process import serve_in_process
from tests.contract.agent_server.steps import GO, steps_of

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

RECOVERY_SECONDS = 15
RUNS = 6


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_what_a_killed_process_ran_goes_on_from_its_last_checkpoint(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    settings = make_settings(tmp_path, url)
    folders = [tmp_path / f"run-{number}" for number in range(RUNS)]
    async with serve_in_process(tmp_path, url) as first, serve(settings) as second:
        started = []
        for folder in folders:
            folder.mkdir()
            started.append(await _start(first.client, folder))
            await until(lambda folder=folder: _has_begun(folder, "second 1"))
        await until(lambda: _all_stored(second.sdk(), started))
        killed_at = time.monotonic()
        await first.kill()
        for folder in folders:
            await until(lambda folder=folder: _has_begun(folder, "second 2"), RECOVERY_SECONDS)
        assert time.monotonic() - killed_at < RECOVERY_SECONDS
        client = second.sdk()
        for folder, (thread_id, run_id) in zip(folders, started, strict=True):
            (folder / GO).touch()
            values: Any = await client.runs.join(thread_id, run_id)
            assert values["done"] == "third"
            assert (await client.runs.get(thread_id, run_id))["status"] == "success"
            assert (await client.threads.get(thread_id))["status"] == "idle"
            assert steps_of(folder) == ["first 1", "second 1", "second 2", "third 2"]


async def test_a_frozen_process_leaves_what_another_took_over(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve_in_process(tmp_path) as first, serve(settings) as second:
        thread_id, run_id = await _start(first.client, tmp_path)
        await until(lambda: _has_begun(tmp_path, "second 1"))
        await until(lambda: _all_stored(second.sdk(), [(thread_id, run_id)]))
        first.send(signal.SIGSTOP)
        frozen_at = time.monotonic()
        await until(lambda: _has_begun(tmp_path, "second 2"), RECOVERY_SECONDS)
        assert time.monotonic() - frozen_at > 4, "only once the lease ran out"
        (tmp_path / GO).touch()
        await second.sdk().runs.join(thread_id, run_id)
        ended = await read_row(settings, run_id)
        first.send(signal.SIGCONT)
        await until(lambda: _answers_like(first.client, thread_id, run_id, "success"))
        assert await read_row(settings, run_id) == ended
        assert "third 1" not in steps_of(tmp_path), "the frozen process began no step after it woke"


async def test_a_clean_stop_hands_runs_over_at_once(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    async with serve_in_process(tmp_path) as first, serve(settings) as second:
        thread_id, run_id = await _start(first.client, tmp_path)
        await until(lambda: _has_begun(tmp_path, "second 1"))
        first.send(signal.SIGTERM)
        await first.process.wait()
        (tmp_path / GO).touch()
        await until(lambda: _answers_like(second.sdk(), thread_id, run_id, "success"))
    assert steps_of(tmp_path) == ["first 1", "second 1", "second 1", "third 1"]


async def _start(client: LangGraphClient, folder: Path) -> tuple[str, str]:
    thread_id = await fresh_thread(client)
    run = await client.runs.create(thread_id, "steps", input={"folder": str(folder)}, durability="sync")
    return thread_id, run["run_id"]


async def _has_begun(folder: Path, step: str) -> bool:
    return step in steps_of(folder)


async def _all_stored(client: LangGraphClient, runs: list[tuple[str, str]]) -> bool:
    states: list[Any] = [await client.threads.get_state(thread_id) for thread_id, _ in runs]
    return all(state["values"].get("done") == "first" for state in states)


async def _answers_like(client: LangGraphClient, thread_id: str, run_id: str, status: str) -> bool:
    return (await client.runs.get(thread_id, run_id))["status"] == status
