import socket
import sys
from pathlib import Path

import pytest

from narutalk.errors import ConfigurationError
from narutalk.registry import SERVICES
from narutalk.settings import Settings, load_settings
from services.launcher.plan import ProcessPlan, child_environment, plan_processes, require_free_ports
from services.launcher.scale import parse_scale, refuse_given_urls

PORT = 9100


def settings_on(port: int, data_dir: Path) -> Settings:
    return load_settings(data_dir=data_dir, port=port, _env_file=None)


def test_every_service_has_a_process_on_consecutive_ports(tmp_path: Path) -> None:
    plans = plan_processes(settings_on(PORT, tmp_path))
    assert {plan.instance: plan.port for plan in plans} == {
        "manager": PORT,
        "router": PORT + 1,
        "document": PORT + 2,
        "employee": PORT + 3,
        "client": PORT + 4,
        "worker": None,
    }
    assert len(plans) == len(SERVICES) + 1
    for plan in plans:
        assert plan.command == (sys.executable, "-m", "services.process", plan.name)


def test_agents_start_before_the_router_and_the_manager_before_its_worker(tmp_path: Path) -> None:
    names = [plan.name for plan in plan_processes(settings_on(PORT, tmp_path))]
    assert names[-3:] == ["router", "manager", "worker"]


def test_further_instances_take_the_ports_behind_the_services(tmp_path: Path) -> None:
    plans = plan_processes(settings_on(PORT, tmp_path), {"router": 2, "document": 3})
    ports = {plan.instance: plan.port for plan in plans}
    assert ports == {
        "manager": PORT,
        "router-1": PORT + 1,
        "router-2": PORT + 5,
        "document-1": PORT + 2,
        "document-2": PORT + 6,
        "document-3": PORT + 7,
        "chroma": PORT + 8,
        "employee": PORT + 3,
        "client": PORT + 4,
        "worker": None,
    }
    commands = {plan.instance: plan.command[2:] for plan in plans}
    assert commands["document-3"] == ("services.process", "document", "--port", str(PORT + 7))
    assert commands["employee"] == ("services.process", "employee")


def test_children_know_the_instances_of_what_is_scaled(tmp_path: Path) -> None:
    settings = settings_on(PORT, tmp_path)
    environment = child_environment(settings, plan_processes(settings, {"document": 2, "client": 1}))
    assert environment["NARUTALK_CHROMA_URL"] == f"http://127.0.0.1:{PORT + 6}"
    assert environment["NARUTALK_DOCUMENT_URLS"] == (
        f"http://127.0.0.1:{PORT + 2},http://127.0.0.1:{PORT + 5}"
    )
    assert "NARUTALK_CLIENT_URLS" not in environment


def test_a_configured_chroma_is_used_by_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_CHROMA_URL", "http://chroma:8000")
    settings = settings_on(PORT, tmp_path)
    plans = plan_processes(settings, {"document": 2})
    assert "chroma" not in {plan.instance for plan in plans}
    assert child_environment(settings, plans)["NARUTALK_CHROMA_URL"] == "http://chroma:8000"


@pytest.mark.parametrize(
    ("given", "scale"),
    [
        ([], {}),
        (["document=2"], {"document": 2}),
        (["document=2", "client=3"], {"document": 2, "client": 3}),
        (["document=2, router=1"], {"document": 2, "router": 1}),
    ],
)
def test_a_scale_is_read(given: list[str], scale: dict[str, int]) -> None:
    assert parse_scale(given) == scale


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("manager=2", "cannot be scaled"),
        ("worker=2", "'worker' is none of them"),
        ("2", "SERVICE=COUNT"),
        ("document", "from 1 to 16"),
        ("document=0", "from 1 to 16"),
        ("document=-1", "from 1 to 16"),
        ("document=many", "from 1 to 16"),
        ("document=2,document=3", "twice"),
    ],
)
def test_a_scale_that_makes_no_sense_is_refused(given: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        parse_scale([given])


def test_urls_and_a_scale_of_one_service_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARUTALK_DOCUMENT_URLS", "http://a,http://b")
    settings = settings_on(PORT, tmp_path)
    refuse_given_urls(settings, {"document": 1, "client": 2})
    with pytest.raises(ConfigurationError, match="NARUTALK_DOCUMENT_URLS"):
        refuse_given_urls(settings, {"document": 2})


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
    return ProcessPlan(name, name, port, ("true",))


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
