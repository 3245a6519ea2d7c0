"""Runs: complete, in order, bounded, and without LangSmith unless it is told to upload."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from evals.evaluators import Answered, Evaluator, Verdict
from evals.examples import Dataset, Example, Inputs, TargetName
from evals.langsmith_client import offline_client, upload_client
from evals.results import Result
from evals.runner import Parameters, chosen_examples, run_dataset
from evals.targets import open_target
from narutalk.errors import ConfigurationError, Unavailable, UpstreamFailed
from narutalk.settings import Settings, load_settings
from tests.fakes.langsmith_datasets import FakeLangSmith, running_langsmith
from tests.fakes.router_server import serve

UNREACHABLE = "http://127.0.0.1:9"


async def right(_inputs: Inputs) -> dict[str, Any]:
    return {"agents": ["document"]}


async def run(dataset: Dataset, target: Any = right, **options: Any) -> list[Result]:
    parameters = Parameters(**options.pop("parameters", {}))
    return await run_dataset(dataset, target, offline_client(), parameters=parameters, **options)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that anything connects to."""
    seen: list[Any] = []
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    lookup = socket.getaddrinfo

    def noted(self: socket.socket, address: Any) -> None:
        seen.append(address)
        connect(self, address)

    def noted_ex(self: socket.socket, address: Any) -> int:
        seen.append(address)
        return connect_ex(self, address)

    def noted_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(("lookup", host))
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", noted)
    monkeypatch.setattr(socket.socket, "connect_ex", noted_ex)
    monkeypatch.setattr(socket, "getaddrinfo", noted_lookup)
    return seen


async def test_results_are_in_the_order_of_the_dataset(dataset: Dataset) -> None:
    turn = asyncio.Event()

    async def last_first(inputs: Inputs) -> dict[str, Any]:
        if inputs.message == "question 0":
            await turn.wait()
        elif inputs.message == "question 5":
            turn.set()
        return {"agents": ["document"]}

    progress: list[Result] = []

    async def note(result: Result) -> None:
        progress.append(result)

    results = await run(dataset, last_first, parameters={"repetitions": 2, "concurrency": 12}, on_result=note)
    assert [(one.position, one.repetition) for one in results] == [
        (position, repetition) for position in range(6) for repetition in range(2)
    ]
    assert len(progress) == 12
    assert progress[0].position != 0
    assert {
        score.evaluator: score.value for score in results[0].scores if score.evaluator != "latency_seconds"
    } == {
        "answered": 1.0,
        "agents": 1.0,
        "agent_overlap": 1.0,
        "in_time": 1.0,
    }


async def test_no_more_are_asked_at_a_time_than_said(dataset: Dataset) -> None:
    now, most = 0, 0

    async def counted(_inputs: Inputs) -> dict[str, Any]:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return {"agents": []}

    await run(dataset, counted, parameters={"concurrency": 2, "repetitions": 3})
    assert most == 2


async def test_a_question_that_fails_is_an_error_and_the_rest_unscored(dataset: Dataset) -> None:
    async def failing(inputs: Inputs) -> dict[str, Any]:
        if inputs.message == "question 1":
            raise UpstreamFailed("the router broke")
        return {"agents": ["document"]}

    results = await run(dataset, failing)
    failed = results[1]
    assert "the router broke" in failed.error
    assert "Traceback" not in failed.error
    assert (failed.output, failed.duration_ms) == (None, None)
    assert failed.scores[0] == ("answered", 0.0, "")
    assert [score.value for score in failed.scores[1:]] == [None] * 4
    assert [one.error for one in results if one is not failed] == [""] * 5


async def test_a_question_that_hangs_is_given_up(dataset: Dataset) -> None:
    async def hanging(inputs: Inputs) -> dict[str, Any]:
        if inputs.message == "question 2":
            await asyncio.Event().wait()
        return {"agents": ["document"]}

    results = await run(dataset, hanging, parameters={"timeout_seconds": 0.05})
    assert [bool(one.error) for one in results] == [False, False, True, False, False, False]
    assert "No answer within 0.05 s" in results[2].error


async def test_an_evaluator_that_fails_leaves_unscored(dataset: Dataset) -> None:
    def broken(example: Example, _answered: Answered, _budget: float) -> Verdict:
        if example.id == "tiny-3":
            raise KeyError("nothing there")
        return Verdict(1.0)

    results = await run(dataset, evaluators=[Evaluator("broken", broken)])
    values = [one.scores[1].value for one in results]
    assert values == [1.0, 1.0, 1.0, None, 1.0, 1.0]
    assert "nothing there" in results[3].scores[1].comment


async def test_a_cancelled_run_stops_asking(dataset: Dataset) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def hanging(_inputs: Inputs) -> dict[str, Any]:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    running = asyncio.create_task(run(dataset, hanging, parameters={"concurrency": 1}))
    await asyncio.wait_for(asked.wait(), 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.wait_for(ended.wait(), 5)


def test_a_limit_spreads_over_the_dataset(dataset: Dataset) -> None:
    assert [one.id for one in chosen_examples(dataset, 3)] == ["tiny-0", "tiny-2", "tiny-4"]
    assert len(chosen_examples(dataset, 99)) == len(chosen_examples(dataset, None)) == 6


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"repetitions": 0}, {"concurrency": 0}, {"repetitions": 21}])
def test_parameters_are_checked(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Parameters(**wrong)  # type: ignore[arg-type]


async def test_a_run_opens_no_socket(
    dataset: Dataset,
    connections: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_secret")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", UNREACHABLE)
    results = await run(dataset, parameters={"repetitions": 2})
    assert len(results) == 12
    assert connections == []
    assert capfd.readouterr() == ("", "")


async def test_a_run_over_http_talks_to_the_company_only(
    dataset: Dataset, connections: list[Any], settings: Settings
) -> None:
    asked: list[dict[str, Any]] = []

    async def route(request: Request) -> JSONResponse:
        assert request.headers["Authorization"].startswith("Bearer ey")
        assert not [name for name in request.headers if "langsmith" in name or name == "baggage"]
        asked.append(await request.json())
        return JSONResponse({"delegations": [{"agent": "document", "task": "?", "confidence": 1}]})

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({})

    routes = [Route("/health", health), Route("/route", route, methods=["POST"])]
    with serve(Starlette(routes=routes)) as url:
        async with open_target(TargetName.ROUTE, settings, timeout_seconds=5, url=url) as target:
            connections.clear()
            results = await run(dataset, target)
    assert [one.error for one in results] == [""] * 6
    assert {one["message"] for one in asked} == {f"question {number}" for number in range(6)}
    port = httpx.URL(url).port
    assert {address for address in connections if address[0] != "lookup"} <= {("127.0.0.1", port)}
    assert {address for address in connections if address[0] == "lookup"} <= {("lookup", "127.0.0.1")}


async def test_a_company_that_does_not_run_is_said_so(settings: Settings) -> None:
    with pytest.raises(Unavailable) as caught:
        async with open_target(TargetName.ROUTE, settings, timeout_seconds=1, url=UNREACHABLE):
            raise AssertionError
    assert caught.value.code == "company_not_running"
    assert "narutalk up" in caught.value.message


@pytest.fixture
def langsmith() -> Iterator[FakeLangSmith]:
    with running_langsmith() as fake:
        yield fake


async def test_with_upload_langsmith_gets_everything(dataset: Dataset, langsmith: FakeLangSmith) -> None:
    settings = load_settings(
        _env_file=None, langsmith_endpoint=langsmith.url, langsmith_api_key=SecretStr("lsv2_test")
    )
    for _ in range(2):
        client = upload_client(settings)
        results = await run_dataset(dataset, right, client, parameters=Parameters(limit=3), upload=True)
        await asyncio.to_thread(client.close)
        assert [one.error for one in results] == [""] * 3
    assert langsmith.keys == {"lsv2_test"}
    assert [one["name"] for one in langsmith.datasets] == [f"narutalk-tiny-{dataset.digest}"]
    assert len(langsmith.examples) == 6
    assert len(langsmith.experiments) == 2
    uploaded = {one["id"] for one in langsmith.examples}
    asked = [one for one in langsmith.runs.values() if one.get("reference_example_id")]
    assert len(asked) == 6
    assert {one["reference_example_id"] for one in asked} <= uploaded
    keys = {one["key"] for one in langsmith.feedback}
    assert {"agents", "agent_overlap", "in_time", "latency_seconds"} <= keys


async def test_what_langsmith_refuses_is_said(dataset: Dataset, langsmith: FakeLangSmith) -> None:
    langsmith.refuses = True
    settings = load_settings(
        _env_file=None, langsmith_endpoint=langsmith.url, langsmith_api_key=SecretStr("lsv2_test")
    )
    client = upload_client(settings)
    with pytest.raises(UpstreamFailed) as caught:
        await run_dataset(dataset, right, client, parameters=Parameters(), upload=True)
    await asyncio.to_thread(client.close)
    assert caught.value.code == "langsmith_failed"


def test_uploading_needs_a_key() -> None:
    with pytest.raises(ConfigurationError, match="LANGSMITH_API_KEY"):
        upload_client(load_settings(_env_file=None))
