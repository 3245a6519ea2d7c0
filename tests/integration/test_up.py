"""`narutalk up` as a person at a terminal meets it."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.company import PROCESS_COUNT, Company, free_ports, start_company

pytestmark = pytest.mark.slow

STOP_SECONDS = 5


@pytest.fixture
def data_dir(company: Company, tmp_path: Path) -> Path:
    """A copy of a loaded data dir."""
    target = tmp_path / "data"
    company.copy_data(target)
    return target


def test_the_first_start_prints_address_and_login(company: Company) -> None:
    printed = company.printed()
    assert company.url in printed
    assert "user admin  password correct horse battery" in printed


def test_keys_and_data_are_made_for_their_owner_only(company: Company) -> None:
    keys = company.settings.data_dir / "keys"
    assert {path.name for path in keys.iterdir()} >= {
        "manager.key",
        "manager.pub",
        "router.key",
        "router.pub",
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys.iterdir())


def test_ctrl_c_ends_everything_at_once_and_the_next_start_goes_on(data_dir: Path) -> None:
    with start_company(data_dir) as started:
        assert "with the password printed at the first start" in started.printed()
        children = started.child_pids()
        assert len(children) == PROCESS_COUNT
        assert started.stop(signal.SIGINT) < STOP_SECONDS
        assert started.process.returncode == 0
        assert not [name for name, pid in children.items() if psutil.pid_exists(pid)]
        assert "NaruTalk has stopped." in started.printed()


def test_children_end_when_the_launcher_is_killed(data_dir: Path) -> None:
    with start_company(data_dir) as started:
        children = [psutil.Process(pid) for pid in started.child_pids().values()]
        started.process.kill()
        started.process.wait()
        _gone, alive = psutil.wait_procs(children, timeout=STOP_SECONDS)
        assert not alive


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    port = free_ports(PROCESS_COUNT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 2))
        taken.listen()
        command = [
            sys.executable,
            "-m",
            "services.cli",
            "up",
            "--port",
            str(port),
            "--data-dir",
            str(tmp_path),
        ]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert f"Port {port + 2} (document) is taken" in finished.stdout


def test_a_process_that_cannot_start_is_named_with_its_reason(data_dir: Path) -> None:
    (data_dir / "keys" / "router.key").write_text("broken")
    command = [sys.executable, "-m", "services.cli", "up", "--port", str(free_ports(PROCESS_COUNT))]
    finished = subprocess.run(
        [*command, "--data-dir", str(data_dir)], capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.returncode == 1
    assert "router cannot start" in finished.stdout


def test_production_refuses_to_start_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_ENV", "production")
    command = [sys.executable, "-m", "services.cli", "up", "--data-dir", str(tmp_path)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 1
    assert "NARUTALK_SECRET_KEY" in finished.stderr
