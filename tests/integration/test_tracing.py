"""One tree over manager, router and agents: in LangSmith, in our sink; and LangSmith hung."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.company import Company, start_company
from tests.fakes.langsmith_server import FakeLangSmith, running_langsmith

pytestmark = pytest.mark.slow

QUESTION = (
    "What is the overtime limit per week and how many employees are in the Logistics department?",
    {"document", "employee"},
)
STORED_WITHIN_SECONDS = 20
QUEUE_MEMORY_MB = 60


def _environment(langsmith: FakeLangSmith, **more: str) -> dict[str, str]:
    return {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": langsmith.url,
        "LANGSMITH_API_KEY": langsmith.key,
        "LANGSMITH_PROJECT": "tests",
        **more,
    }


def _ask(client: httpx.Client, text: str = QUESTION[0]) -> dict[str, Any]:
    """Ask, and return the answer as it is stored."""
    answer = client.post("/api/chat", json={"message": text})
    assert answer.status_code == 200, answer.text
    messages = client.get(f"/api/conversations/{answer.json()['conversation_id']}").json()["messages"]
    stored: dict[str, Any] = messages[-1]
    assert stored["trace_id"]
    return stored


def _assert_one_tree(runs: list[dict[str, Any]], trace_id: str) -> None:
    """Each run but the root hangs on another, and each process has its part."""
    by_id = {run["id"]: run for run in runs}
    assert [run["name"] for run in runs if run["parent_run_id"] is None] == ["turn"]
    assert by_id[trace_id]["service"] == "manager"
    for run in runs:
        assert run["trace_id"] == trace_id
        assert run["parent_run_id"] is None or run["parent_run_id"] in by_id, run["name"]
    agents = QUESTION[1]
    assert {run["service"] for run in runs} == {"manager", "router", *agents}
    for agent in agents:
        (entry,) = (
            run for run in runs if run["service"] == agent and by_id[run["parent_run_id"]]["service"] != agent
        )
        assert (by_id[entry["parent_run_id"]]["name"], by_id[entry["parent_run_id"]]["service"]) == (
            agent,
            "router",
        )
    assert {"llm", "tool"} <= {run["run_type"] for run in runs}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traced") / "data"


@pytest.fixture(scope="module")
def langsmith() -> Iterator[FakeLangSmith]:
    with running_langsmith() as fake:
        yield fake


@pytest.fixture(scope="module")
def company(company: Company, data_dir: Path, langsmith: FakeLangSmith) -> Iterator[Company]:
    """A company over a copy of the loaded data; its traces go to our sink and to LangSmith."""
    company.copy_data(data_dir)
    with start_company(data_dir, environment=_environment(langsmith)) as started:
        yield started


def _in_the_sink(company: Company, trace_id: str) -> list[dict[str, Any]]:
    """Return a trace's runs when all are there and have ended."""
    names = ("id", "trace_id", "parent_run_id", "name", "service", "run_type", "status")
    query = (
        "SELECT id, trace_id, parent_id, name, service, run_type, status FROM tracing_run WHERE trace_id = ?"
    )
    deadline = time.monotonic() + STORED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        rows = company.rows("manager", query, trace_id.replace("-", ""))
        runs = [dict(zip(names, row, strict=True)) for row in rows]
        known = {run["id"] for run in runs}
        linked = all(run["parent_run_id"] in {*known, None} for run in runs)
        if len(runs) > 10 and linked and all(run["status"] == "success" for run in runs):
            return runs
        time.sleep(0.1)
    raise AssertionError(f"the trace is not complete: {runs}")


def test_one_tree_in_langsmith_and_in_our_sink(company: Company, langsmith: FakeLangSmith) -> None:
    with company.login() as client:
        stored = _ask(client)
        trace_id = stored["trace_id"]
        theirs = langsmith.wait_for_trace(trace_id)
        _assert_one_tree(
            [
                {
                    **run,
                    "parent_run_id": run.get("parent_run_id"),
                    "service": run["extra"]["metadata"]["service"],
                }
                for run in theirs
            ],
            trace_id,
        )
        assert {run["session_name"] for run in theirs} == {"tests"}
        root = next(run for run in theirs if run["id"] == trace_id)
        assert root["inputs"] == {"question": QUESTION[0]}
        assert root["outputs"]["answer"] == stored["content"]
        assert root["extra"]["metadata"]["message_id"] == stored["reply_to"]
        supervisor = next(run for run in theirs if run["name"] == "supervisor")
        assert supervisor["id"] == stored["run_id"], "the router's run and its trace have one id"

        ours = _in_the_sink(company, trace_id)
        _assert_one_tree(ours, trace_id.replace("-", ""))
        assert {run["id"] for run in ours} == {run["id"].replace("-", "") for run in theirs}

        page = client.get(f"/dashboard/traces/{trace_id}/").text
        for name in ("turn", "supervisor", "search_documents", "employee"):
            assert name in page
        assert re.search(r"--width: [\d.]+%", page)


def test_nothing_secret_is_sent(company: Company, langsmith: FakeLangSmith) -> None:
    with company.login() as client:
        langsmith.wait_for_trace(_ask(client)["trace_id"])
    sent = b"".join(langsmith.bodies).decode(errors="replace")
    ingest = (company.settings.data_dir / "keys" / "ingest").read_text()
    for secret in (ingest, langsmith.key, "eyJ", "PRIVATE KEY", "LANGSMITH_"):
        assert secret not in sent, secret[:10]


def test_a_program_that_calls_an_agent_has_a_tree_of_its_own(
    company: Company, langsmith: FakeLangSmith
) -> None:
    headers = {"Authorization": f"Bearer {company.token()}", "langsmith-trace": "no trace at all"}
    baggage = {"baggage": "langsmith-project=theirs,langsmith-metadata=%7B%22evil%22%3A1%7D"}
    body = {"assistant_id": "document", "input": {"messages": [{"role": "user", "content": "leave policy"}]}}
    url = f"{company.settings.service_urls('document')[0]}/runs/wait"
    before = {id_ for id_, run in langsmith.runs().items() if run["id"] == run["trace_id"]}

    for given in (headers, {**headers, **baggage}):
        answer = httpx.post(url, json=body, headers=given, timeout=30)
        assert answer.status_code == 200, answer.text
    refused = httpx.post(url, json=body, headers={"langsmith-trace": "x"}, timeout=30)
    assert refused.status_code == 401

    def two_more(fake: FakeLangSmith) -> bool:
        roots = [run for run in fake.runs().values() if run["id"] == run["trace_id"]]
        return sum(run["id"] not in before for run in roots if run.get("end_time")) == 2

    langsmith.wait_for(two_more)
    sent = b"".join(langsmith.bodies)
    assert b"evil" not in sent
    assert {run["session_name"] for run in langsmith.runs().values()} == {"tests"}


def test_an_agent_that_dies_leaves_a_trace(company: Company, langsmith: FakeLangSmith) -> None:
    with company.login() as client:
        psutil.Process(company.child_pids()["employee"]).kill()
        answer = client.post("/api/chat", json={"message": QUESTION[0]}).json()
        company.wait_until_healthy("employee")
        stored = client.get(f"/api/conversations/{answer['conversation_id']}").json()["messages"][-1]
        runs = langsmith.wait_for_trace(stored["trace_id"])
    assert {run["extra"]["metadata"]["service"] for run in runs} >= {"manager", "router", "document"}


def test_langsmith_hung(data_dir: Path, company: Company) -> None:
    """The turn answers, memory stays where it is, and everything stops as quickly as ever."""
    company.stop()
    with (
        running_langsmith(mood="hung") as hung,
        start_company(data_dir, environment=_environment(hung)) as started,
        started.login() as client,
    ):
        _ask(client)
        hung.wait_for(lambda fake: fake.paths)
        pids = started.child_pids()
        before = {name: psutil.Process(pid).memory_info().rss for name, pid in pids.items()}
        for _ in range(12):
            _ask(client)
        for name, pid in pids.items():
            grown = (psutil.Process(pid).memory_info().rss - before[name]) / 1e6
            assert grown < QUEUE_MEMORY_MB, f"{name} grew by {grown:.0f} MB"
        assert started.stop() < 5
