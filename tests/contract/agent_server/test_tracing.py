"""Runs as parts of a caller's trace: in every way to run, however they end, and for verified callers only."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from narutalk.settings import Settings
from tests.contract.agent_server.asking import asks, fresh_id
from tests.contract.agent_server.conftest import ANNA, RunningServer, make_settings, serve
from tests.fakes.langsmith_server import FakeLangSmith, running_langsmith

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = {
    "baggage": "langsmith-project=evil-project,langsmith-metadata=%7B%22evil%22%3A1%7D,langsmith-tags=evil"
}


@pytest.fixture(scope="module")
def langsmith() -> Iterator[FakeLangSmith]:
    with running_langsmith() as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def traced(
    tmp_path_factory: pytest.TempPathFactory, langsmith: FakeLangSmith
) -> AsyncIterator[RunningServer]:
    plain = make_settings(tmp_path_factory.mktemp("data"))
    tracing = {
        "langsmith_tracing": True,
        "langsmith_endpoint": langsmith.url,
        "langsmith_api_key": langsmith.key,
    }
    settings = Settings(_env_file=None, data_dir=plain.data_dir, trace_sink=False, **tracing)
    async with serve(settings) as running:
        yield running


def a_parent() -> tuple[str, str]:
    """Return a trace's id and the header of a run in it."""
    root, child = str(uuid4()), str(uuid4())
    steps = [f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z{run_id}" for run_id in (root, child)]
    return root, ".".join(steps)


async def graph_run(langsmith: FakeLangSmith, run_id: str) -> dict[str, Any]:
    """Return the trace of a run, when it has ended; its id is the run's own."""
    await asyncio.to_thread(
        langsmith.wait_for, lambda fake: fake.runs().get(run_id, {}).get("end_time")
    )  # the server is on this loop
    return langsmith.runs()[run_id]


@pytest.mark.parametrize("graph", ["echo", "fail", "ask", "parent"])
@pytest.mark.parametrize("way", ["wait", "stream", "background", "transient"])
async def test_a_run_hangs_on_the_callers(
    traced: RunningServer, langsmith: FakeLangSmith, graph: str, way: str
) -> None:
    trace_id, header = a_parent()
    body = {"assistant_id": graph, "input": asks(), "if_not_exists": "create"}
    path = {
        "wait": f"/threads/{fresh_id()}/runs/wait",
        "stream": f"/threads/{fresh_id()}/runs/stream",
        "background": f"/threads/{fresh_id()}/runs",
        "transient": "/runs/stream",
    }[way]
    async with traced.http() as client:
        answer = await client.post(path, json=body, headers={"langsmith-trace": header, **EVIL})
    assert answer.status_code == 200, answer.text
    run_id = answer.headers["content-location"].rsplit("/", 1)[-1]

    run = await graph_run(langsmith, run_id)

    assert (run["trace_id"], run["parent_run_id"]) == (trace_id, header[-36:])
    assert bool(run.get("error")) is (graph == "fail")
    assert run["session_name"] == "narutalk"
    assert "evil" not in str(run)
    assert run["extra"]["metadata"]["service"] == "test"
    assert run["extra"]["metadata"]["request_id"] == answer.headers["x-request-id"]
    children = [other for other in langsmith.runs().values() if other.get("parent_run_id") == run_id]
    assert children


async def test_a_cancelled_run_ends_in_its_trace(traced: RunningServer, langsmith: FakeLangSmith) -> None:
    trace_id, header = a_parent()
    thread_id, name = fresh_id(), fresh_id()
    async with traced.http() as client:
        started = await client.post(
            f"/threads/{thread_id}/runs",
            json={"assistant_id": "slow", "input": asks(name), "if_not_exists": "create"},
            headers={"langsmith-trace": header},
        )
        run_id = started.json()["run_id"]
        await traced.gates.started(name).wait()
        await client.post(f"/threads/{thread_id}/runs/{run_id}/cancel?wait=true")

    run = await graph_run(langsmith, run_id)
    assert run["trace_id"] == trace_id
    assert "Cancelled" in run["error"]


async def test_a_run_that_waits_its_turn_keeps_its_own_parent(
    traced: RunningServer, langsmith: FakeLangSmith
) -> None:
    thread_id, name = fresh_id(), fresh_id()
    parents = [a_parent(), a_parent()]
    run_ids = []
    async with traced.http() as client:
        for _trace_id, header in parents:
            body = {"assistant_id": "slow", "input": asks(name), "if_not_exists": "create"}
            answer = await client.post(
                f"/threads/{thread_id}/runs", json=body, headers={"langsmith-trace": header}
            )
            run_ids.append(answer.json()["run_id"])
    traced.gates.released(name).set()

    assert [(await graph_run(langsmith, run_id))["trace_id"] for run_id in run_ids] == [
        parents[0][0],
        parents[1][0],
    ]


@pytest.mark.parametrize("header", ["", "x", "%00", "20260101T000000000000Zno-uuid", "a" * 20_000])
async def test_a_malformed_header_is_dropped(
    traced: RunningServer, langsmith: FakeLangSmith, header: str
) -> None:
    async with traced.http() as client:
        answer = await client.post(
            "/runs/wait",
            json={"assistant_id": "echo", "input": asks()},
            headers={"langsmith-trace": header, "baggage": "%%%=,,==;langsmith-metadata=nonsense"},
        )
    assert answer.status_code == 200
    run = await graph_run(langsmith, answer.headers["content-location"].rsplit("/", 1)[-1])
    assert run["trace_id"] == run["id"], "a tree of its own"


async def test_a_header_does_not_open_anything(traced: RunningServer) -> None:
    async with traced.http(None) as stranger:
        for header in (a_parent()[1], "x"):
            answer = await stranger.post(
                "/runs/wait", json={"assistant_id": "echo"}, headers={"langsmith-trace": header}
            )
            assert answer.status_code == 401


async def test_resuming_is_a_part_of_the_trace_that_resumes(
    traced: RunningServer, langsmith: FakeLangSmith
) -> None:
    thread_id = fresh_id()
    (_, first), (resuming, second) = a_parent(), a_parent()
    path = f"/threads/{thread_id}/runs/wait"
    async with traced.http() as client:
        body = {"assistant_id": "ask", "input": asks(), "if_not_exists": "create"}
        await client.post(path, json=body, headers={"langsmith-trace": first})
        answer = await client.post(
            path,
            json={"assistant_id": "ask", "command": {"resume": "yes"}},
            headers={"langsmith-trace": second},
        )
    run = await graph_run(langsmith, answer.headers["content-location"].rsplit("/", 1)[-1])
    assert run["trace_id"] == resuming
    assert not run.get("error")


async def test_a_langgraph_client_streams_events_with_tracing_on(traced: RunningServer) -> None:
    events = [
        part.event
        async for part in traced.sdk(ANNA).runs.stream(
            None, "talk", input=asks(), stream_mode=["events", "values"]
        )
    ]
    assert "events" in events
    assert (await traced.sdk(ANNA).http.get("/info"))["flags"]["langsmith"] is True
