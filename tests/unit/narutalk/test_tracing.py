"""Tracing of one process: where traces go, that off is off, and what bounds it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langsmith import utils as langsmith_utils
from langsmith.run_helpers import tracing_context

from narutalk.identity import ingest_key
from narutalk.settings import Settings, load_settings
from narutalk.telemetry.tracing.client import FLUSH_TIMEOUT_SECONDS, TracingClient, build_client
from narutalk.telemetry.tracing.destinations import trace_destinations
from narutalk.telemetry.tracing.environment import QUEUE_SIZE, own_environment
from narutalk.telemetry.tracing.parent import accept_parent, accepted_parent, valid_dotted_order
from narutalk.telemetry.tracing.process import is_tracing, open_tracing, start_tree, trace_headers, traced_run
from narutalk.telemetry.tracing.redaction import Redactor
from tests.fakes.langsmith_server import FakeLangSmith, Mood, running_langsmith

DOTTED = "20261116T090000000000Z0197f3a0-0000-7000-8000-000000000001"


def _settings(settings: Settings, **fields: Any) -> Settings:
    return load_settings(data_dir=settings.data_dir, _env_file=None, **fields)


@pytest.fixture
def langsmith() -> Iterator[FakeLangSmith]:
    with running_langsmith() as fake:
        yield fake


def _to(langsmith: FakeLangSmith, settings: Settings, **fields: Any) -> Settings:
    return _settings(
        settings,
        langsmith_tracing=True,
        langsmith_endpoint=langsmith.url,
        langsmith_api_key=langsmith.key,
        **{"trace_sink": False, **fields},
    )


def test_the_settings_say_where_traces_go(settings: Settings) -> None:
    def names(**fields: Any) -> list[str]:
        return [found.name for found in trace_destinations(_settings(settings, **fields))]

    hosted = {"langsmith_tracing": True}
    assert names(trace_sink=False) == []
    assert names(trace_sink=True) == ["sink"]
    assert names(trace_sink=False, **hosted, langsmith_api_key="k") == ["langsmith"]
    assert names(trace_sink=True, **hosted, langsmith_api_key="k") == ["sink", "langsmith"]
    assert names(trace_sink=True, **hosted) == ["sink"], "LangSmith's own address needs a key"
    assert names(trace_sink=False, **hosted, langsmith_endpoint="http://own:1984") == ["langsmith"]


def test_each_key_goes_to_its_own_address(settings: Settings) -> None:
    sink, langsmith = trace_destinations(
        _settings(settings, trace_sink=True, langsmith_tracing=True, langsmith_api_key="theirs")
    )
    assert sink.url == "http://127.0.0.1:8000/ingest/langsmith"
    assert sink.key == ingest_key(settings)
    assert (langsmith.url, langsmith.key.get_secret_value()) == ("https://api.smith.langchain.com", "theirs")


async def test_off_means_off(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    before = threading.active_count()

    async with open_tracing(_settings(settings, trace_sink=False, langsmith_tracing=False), "router"):
        with traced_run(DOTTED):
            assert not langsmith_utils.tracing_is_enabled()
        assert not is_tracing()
        assert start_tree("turn", inputs={}, metadata={}) is None
        assert trace_headers() == {}
        assert threading.active_count() == before
    assert os.environ["LANGSMITH_TRACING"] == "true", "the environment is as it was"


@pytest.mark.slow
def test_off_does_not_load_the_sdk(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from narutalk.settings import load_settings\n"
        "from narutalk.telemetry.tracing.process import open_tracing\n"
        "async def main():\n"
        "    async with open_tracing(load_settings(trace_sink=False), 'manager'):\n"
        "        assert 'langsmith' not in sys.modules\n"
        "asyncio.run(main())\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )


async def test_a_tree_and_what_runs_below_it(langsmith: FakeLangSmith, settings: Settings) -> None:
    from langchain_core.runnables import RunnableLambda

    async with open_tracing(_to(langsmith, settings, instance="router-2"), "router"):
        root = start_tree("turn", inputs={"question": "?"}, metadata={"conversation_id": "c1"})
        assert root is not None
        with traced_run(root.dotted_order):
            await RunnableLambda(lambda _: trace_headers(), name="step").ainvoke("x")
        with traced_run(None):
            await RunnableLambda(lambda _: 1, name="alone").ainvoke("x")
        root.end(outputs={"answer": "!"})
        root.patch()
        langsmith.wait_for(lambda fake: len([r for r in fake.runs().values() if r.get("end_time")]) == 3)

    runs = {run["name"]: run for run in langsmith.runs().values()}
    step = runs["step"]
    assert step["parent_run_id"] == step["trace_id"] == runs["turn"]["id"] == str(root.id)
    assert step["outputs"]["langsmith-trace"].startswith(f"{root.dotted_order}."), (
        "the next process hangs on it"
    )
    assert step["extra"]["metadata"]["service"] == "router"
    assert step["extra"]["metadata"]["instance"] == "router-2"
    assert runs["alone"]["trace_id"] == runs["alone"]["id"]
    assert {run["session_name"] for run in runs.values()} == {"narutalk"}
    assert set(langsmith.paths) == {"/info", "/runs/multipart"}


async def test_nothing_secret_leaves(
    langsmith: FakeLangSmith, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langchain_core.runnables import RunnableLambda

    secrets = {name: f"s3cr3t-{name}-0123456789" for name in "a b c d e f g env".split()}
    monkeypatch.setenv("LANGSMITH_SOMETHING", secrets["env"])
    config = {
        "tags": [f"Bearer {secrets['b']}"],
        "metadata": {"api_key": secrets["c"], f"password={secrets['d']}": 1},
        "run_name": f"with token sk-{secrets['e']}",
    }
    deep: Any = f"authorization: Basic {secrets['f']}"
    for _ in range(30):
        deep = {"deeper": [deep]}

    def fail(_given: Any) -> None:
        raise ValueError(f"postgresql://user:{secrets['g']}@host/db")

    async with open_tracing(_to(langsmith, settings, secret_key=secrets["a"]), "router"):
        with traced_run(None), pytest.raises(ValueError, match="postgresql"):
            await RunnableLambda(fail).ainvoke({"text": f"it is {secrets['a']}", "deep": deep}, config)
        langsmith.wait_for(lambda fake: any(run.get("error") for run in fake.runs().values()))

    sent = b"".join(langsmith.bodies).decode()
    assert "ValueError" in sent
    assert "[redacted]" in sent
    assert [name for name, secret in secrets.items() if secret in sent] == []


async def test_both_destinations_get_the_same_runs(settings: Settings) -> None:
    with running_langsmith(use_multipart=False) as one, running_langsmith(mood="hung") as hung:
        targets = [
            found._replace(url=fake.url, key=settings.ingest_key or found.key)
            for found, fake in zip(
                trace_destinations(
                    _settings(settings, trace_sink=True, langsmith_tracing=True, langsmith_api_key="k")
                ),
                (one, hung),
                strict=True,
            )
        ]
        one.key = targets[0].key.get_secret_value()
        with own_environment():
            client = build_client(targets, Redactor())
            for number in range(3):
                _post(client, number)
            one.wait_for(lambda fake: len(fake.posts) == 3)
            started = time.monotonic()
            client.close()
            took = time.monotonic() - started
    assert took < FLUSH_TIMEOUT_SECONDS + 2
    assert set(one.paths) == {"/runs/batch"}, "our sink is sent plain JSON, and its /info is not asked for"


@pytest.mark.parametrize("mood", ["hung", "failing"])
async def test_a_broken_endpoint_costs_neither_time_nor_memory(settings: Settings, mood: Mood) -> None:
    with running_langsmith(mood=mood) as fake:
        async with open_tracing(_to(fake, settings), "router"):
            started = time.monotonic()
            for _ in range(QUEUE_SIZE + 200):
                root = start_tree("turn", inputs={"question": "x" * 2000}, metadata={})
            assert root is not None
            client = root.client
            assert client.tracing_queue.qsize() <= QUEUE_SIZE
            assert time.monotonic() - started < 5
            closing = time.monotonic()
        assert time.monotonic() - closing < FLUSH_TIMEOUT_SECONDS + 2


async def test_a_refused_connection_costs_no_time(settings: Settings) -> None:
    async with open_tracing(_settings(settings, trace_sink=True, port=9), "router"):
        assert start_tree("turn", inputs={}, metadata={}) is not None
        closing = time.monotonic()
    assert time.monotonic() - closing < FLUSH_TIMEOUT_SECONDS + 2


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        DOTTED[:-1],
        DOTTED + ".",
        DOTTED.replace("20261116", "20261399"),
        ".".join([DOTTED] * 51),
        DOTTED + "\n" + DOTTED,
        "é" * 40,
    ],
)
def test_a_malformed_header_is_dropped(header: str | None) -> None:
    assert valid_dotted_order(header) is None
    with accept_parent(header):
        assert accepted_parent() is None


def test_a_header_counts_inside_of_its_request_only() -> None:
    with accept_parent(f"{DOTTED}.{DOTTED}"):
        assert accepted_parent() == f"{DOTTED}.{DOTTED}"
    assert accepted_parent() is None


async def test_tracing_of_others_is_not_ours(settings: Settings) -> None:
    """A context that somebody opened stays as it was after ours."""
    with tracing_context(enabled=False):
        async with open_tracing(_settings(settings, trace_sink=True, port=9), "router"):
            with traced_run(None):
                assert langsmith_utils.tracing_is_enabled() is True
        assert langsmith_utils.tracing_is_enabled() in (False, "")


def _post(client: TracingClient, number: int) -> None:
    from langsmith.run_trees import RunTree

    RunTree(name=f"run {number}", inputs={}, client=client, project_name="p").post()
