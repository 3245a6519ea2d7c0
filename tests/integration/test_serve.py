"""`narutalk serve` as docs/serving-any-graph.md has it: what is written there is run."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.company import Company, free_ports
from tests.postgres import database_url

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "serving-any-graph.md").read_text(encoding="utf-8")
DOCUMENTED_PORT = "2024"
START_SECONDS = 60
STOP_SECONDS = 10

OPEN, CLOSED = re.findall(r"^\.venv/bin/(narutalk serve .*)$", PAGE, re.MULTILINE)
(TOKEN,) = re.findall(r"^\.venv/bin/(narutalk token .*)$", PAGE, re.MULTILINE)
PROGRAM, PROGRAM_WITH_TOKEN = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def command(written: str, port: int, data_dir: Path) -> list[str]:
    words = shlex.split(written.replace(DOCUMENTED_PORT, str(port)))
    return [sys.executable, "-m", "services.cli", *words[1:], "--data-dir", str(data_dir)]


@contextmanager
def serving(written: str, port: int, data_dir: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(written, port, data_dir),
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            _wait_until_answering(process, port)
            yield process
        finally:
            process.kill()


def _wait_until_answering(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/ok")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"it did not start: {process.poll()}")


def run_program(written: str, port: int, **variables: str) -> list[str]:
    code = "".join(f"{name} = {value!r}\n" for name, value in variables.items())
    code += written.replace(DOCUMENTED_PORT, str(port))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_example_runs_as_written_and_stops_gracefully(tmp_path: Path) -> None:
    port = free_ports(1)
    with serving(OPEN, port, tmp_path) as process:
        assert run_program(PROGRAM, port) == ["Hello, local!", "Order tea?", "ordered"]
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0
    assert f"at http://127.0.0.1:{port}" in printed
    assert "orders   ./graphs.py:orders" in printed
    assert "Without authentication" in printed
    assert printed.endswith("The server has stopped.\n")
    assert {path.name for path in tmp_path.iterdir()} >= {"threads-serve.db", "checkpoints-serve.db"}


def test_it_serves_beside_a_company_and_asks_for_its_tokens(company: Company) -> None:
    port = free_ports(1)
    data_dir = company.settings.data_dir
    made = subprocess.run(
        command(TOKEN, port, data_dir), cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    with serving(CLOSED, port, data_dir) as process:
        url = f"http://127.0.0.1:{port}"
        assert httpx.post(f"{url}/threads", json={}).status_code == httpx.codes.UNAUTHORIZED
        assert run_program(PROGRAM_WITH_TOKEN, port, token=made.stdout.strip()) == ["Hello, admin!"]
        health = httpx.get(f"{url}/health").json()
        assert (health["service"], health["ready"]) == ("serve", True)
        assert "narutalk_" in httpx.get(f"{url}/metrics").text
        assert httpx.get(f"{url}/docs").status_code == httpx.codes.OK
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0
    assert "narutalk token --user NAME" in printed


def test_a_project_with_packages_named_as_ours_is_served_from_postgresql(
    tmp_path: Path, postgres_server: str
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").touch()
    (tmp_path / "tools" / "words.py").write_text("WORD = 'mine'")
    (tmp_path / "graph.py").write_text(
        "from langgraph.graph import END, START, StateGraph\n"
        "from typing_extensions import TypedDict\n"
        "from tools.words import WORD\n"
        "class State(TypedDict, total=False):\n    word: str\n"
        "builder = StateGraph(State)\n"
        "builder.add_node('say', lambda state: {'word': WORD})\n"
        "builder.add_edge(START, 'say')\nbuilder.add_edge('say', END)\n"
    )
    file = tmp_path / "langgraph.json"
    file.write_text('{"dependencies": ["."], "graphs": {"words": "graph:builder"}}')
    port = free_ports(1)
    written = f"narutalk serve {file} --no-auth --name words --port {DOCUMENTED_PORT}"
    url = database_url(postgres_server, "made_by_serve")
    with serving(written, port, tmp_path / "data", NARUTALK_DATABASE_URL=url):
        run = {"assistant_id": "words", "input": {}, "if_not_exists": "create"}
        path = f"/threads/{uuid4()}/runs/wait"
        answer = httpx.post(f"http://127.0.0.1:{port}{path}", json=run, timeout=30)
    assert answer.json() == {"word": "mine"}
    with psycopg.connect(url) as connection:
        count = connection.execute("SELECT count(*) FROM agent_serve_words.threads").fetchone()
    assert count == (1,)


def test_a_server_that_cannot_reach_its_database_says_so(tmp_path: Path) -> None:
    environment = {**os.environ, "NARUTALK_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    done = subprocess.run(
        command(OPEN, free_ports(1), tmp_path),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
