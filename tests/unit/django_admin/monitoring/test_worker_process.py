"""The worker as a process, on SQLite and on PostgreSQL: it works, ends in time, is succeeded."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.company import free_ports
from tests.fakes.manager import keys_dir

pytestmark = pytest.mark.slow

SOON_SECONDS = 30
LOST = ["FAILED", "django_admin.monitoring.workers.WorkerLost"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a manager whose database is set up."""
    made = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "django_admin.config.settings",
        "NARUTALK_DATA_DIR": str(tmp_path_factory.mktemp("manager")),
        "NARUTALK_PORT": str(free_ports(5)),
        "NARUTALK_HEALTH_CHECK_SECONDS": "1",
    }
    if request.param == "postgresql":
        made["NARUTALK_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        made["NARUTALK_DATA_DIR"] = str(keys_dir())
    subprocess.run(
        [sys.executable, "-m", "django_admin.setup"], env=made, check=True, timeout=60, capture_output=True
    )
    return made


@contextmanager
def _worker(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file:
        command = [sys.executable, "-m", "django_admin.config.worker"]
        process = subprocess.Popen(command, env=environment, stderr=file)
    try:
        _wait_until(lambda: "the worker is ready" in log.read_text())
        yield process
    finally:
        process.kill()
        process.wait(SOON_SECONDS)


def _ask(environment: dict[str, str], *arguments: str) -> Any:
    command = [sys.executable, "-m", "tests.fakes.worker_database", *arguments]
    done = subprocess.run(command, env=environment, check=True, timeout=60, capture_output=True, text=True)
    return json.loads(done.stdout)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def test_a_periodic_task_runs_once_however_many_workers_there_are(environment: dict[str, str]) -> None:
    assert _ask(environment, "race") == [1, 2, 3]


def test_a_worker_from_start_to_end(environment: dict[str, str], tmp_path: Path) -> None:
    # Killed in the middle of a task: the next worker marks it failed, and goes on with the checks.
    _ask(environment, "hang", str(tmp_path / "first"))
    with _worker(environment, tmp_path / "first.log") as process:
        _wait_until((tmp_path / "first").exists)
        process.kill()
    assert _ask(environment, "states") == [["RUNNING", ""]]
    assert _ask(environment, "silence") == 1

    with _worker(environment, tmp_path / "second.log") as process:
        _wait_until(lambda: _ask(environment, "states") == [LOST])
        checks = _ask(environment, "runs", "check_instances")
        _wait_until(lambda: _ask(environment, "runs", "check_instances") > checks + 1)

        # Told to stop in the middle of a task: it ends in time, and says what it gave up.
        _ask(environment, "hang", str(tmp_path / "second"))
        _wait_until((tmp_path / "second").exists)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_SECONDS) == 0
        assert time.monotonic() - started < 3
    assert _ask(environment, "states") == [LOST, LOST]
    assert _ask(environment, "silence") == 1, "only the one that was killed is remembered"
    assert "broke" not in (tmp_path / "second.log").read_text()
    assert _ask(environment, "runs", "prune_monitoring") == 1
