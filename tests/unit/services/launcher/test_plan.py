import socket
import sys
from pathlib import Path

import pytest

from narutalk.errors import ConfigurationError
from narutalk.registry import SERVICES
from narutalk.settings import Settings, load_settings
from services.launcher.plan import ProcessPlan, child_environment, plan_processes, require_free_ports

PORT = 9100


def settings_on(port: int, data_dir: Path) -> Settings:
    return load_settings(data_dir=data_dir, port=port, _env_file=None)


def test_every_service_has_a_process_on_consecutive_ports(tmp_path: Path) -> None:
    plans = plan_processes(settings_on(PORT, tmp_path))
    assert {plan.name: plan.port for plan in plans} == {
        "manager": PORT,
        "router": PORT + 1,
        "document": PORT + 2,
        "employee": PORT + 3,
        "client": PORT + 4,
    }
    assert len(plans) == len(SERVICES)
    for plan in plans:
        assert plan.command == (sys.executable, "-m", "services.process", plan.name)


def test_agents_start_before_the_router_and_the_manager_last(tmp_path: Path) -> None:
    names = [plan.name for plan in plan_processes(settings_on(PORT, tmp_path))]
    assert names[-2:] == ["router", "manager"]


def test_children_see_what_the_command_line_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_PORT", "1")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.chdir(tmp_path)
    environment = child_environment(settings_on(PORT, Path("data")))
    assert environment["NARUTALK_PORT"] == str(PORT)
    assert environment["NARUTALK_DATA_DIR"] == str(tmp_path / "data")
    assert environment["NARUTALK_HOST"] == "127.0.0.1"
    assert environment["OMP_WAIT_POLICY"] == "ACTIVE"
    assert "PATH" in environment


def plan_on(port: int, name: str = "document") -> ProcessPlan:
    return ProcessPlan(name, port, ("true",))


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    settings = settings_on(PORT, tmp_path)
    with socket.socket() as taken, socket.socket() as spare:
        for one in (taken, spare):
            one.bind(("127.0.0.1", 0))
        taken.listen()
        free = spare.getsockname()[1]
        spare.close()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as refused:
            require_free_ports(settings, [plan_on(free, "router"), plan_on(port)])
    assert refused.value.code == "port_taken"
    assert refused.value.details == {"port": port}
    assert f"Port {port} (document) is taken" in refused.value.message


def test_free_ports_are_free_afterwards_too(tmp_path: Path) -> None:
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        port = spare.getsockname()[1]
    for _ in range(2):
        require_free_ports(settings_on(PORT, tmp_path), [plan_on(port)])
