"""deploy/compose.yaml: a valid file, pinned images, and to each process its own variables only."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from narutalk.registry import SERVICES
from narutalk.settings import REQUIRED_IN_PRODUCTION, Settings
from services.cli.secrets import make_secrets
from tests.composition import COMPOSE, DOCKERFILE, EXAMPLE, VARIABLE, interpolate, read_compose

SERVICES_OF_FILE: dict[str, dict[str, Any]] = read_compose()["services"]
OURS = [name for name in SERVICES_OF_FILE if name not in ("postgres", "chroma")]
DECLARED = {
    str(field.validation_alias or f"NARUTALK_{name.upper()}") for name, field in Settings.model_fields.items()
} | {f"NARUTALK_{service.name.upper()}_URLS" for service in SERVICES}
PROCESSES = [name for name, secrets in REQUIRED_IN_PRODUCTION.items() if secrets]  # Chroma has none
SECRETS = {f"NARUTALK_{name.upper()}" for names in REQUIRED_IN_PRODUCTION.values() for name in names}


def variables(service: str) -> set[str]:
    return set(SERVICES_OF_FILE[service].get("environment", {}))


def test_it_is_a_compose_file() -> None:
    command = [
        str(Path(sys.executable).parent / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
    ]
    checked = subprocess.run([*command, str(COMPOSE)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_process_is_there() -> None:
    assert set(OURS) == {*PROCESSES, "prepare"}
    for name in PROCESSES:
        assert SERVICES_OF_FILE[name]["command"] == ["python", "-m", "services.process", name]


@pytest.mark.parametrize("service", OURS)
def test_its_variables_are_settings(service: str) -> None:
    assert variables(service) - DECLARED == set()


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_has_the_secrets_that_it_needs_and_no_others(process: str) -> None:
    needed = {f"NARUTALK_{name.upper()}" for name in REQUIRED_IN_PRODUCTION[process]}
    assert variables(process) & SECRETS == needed
    assert "NARUTALK_ADMIN_PASSWORD" not in variables(process)


def test_only_the_agent_that_reads_a_database_has_its_address() -> None:
    readers = {
        "NARUTALK_EMPLOYEE_DATABASE_URL": {"prepare", "employee"},
        "NARUTALK_CLIENT_DATABASE_URL": {"prepare", "client"},
        "NARUTALK_TRANSACTION_DATABASE_URL": {"prepare", "client"},
        "NARUTALK_CHROMA_URL": {"document"},
    }
    for variable, names in readers.items():
        assert {name for name in OURS if variable in variables(name)} == names


def test_addresses_name_services_and_their_ports() -> None:
    ports = {service.name: 8000 + service.port_offset for service in SERVICES}
    found = re.findall(r"http://(\w+):(\d+)", COMPOSE.read_text())
    for name, port in found:
        assert int(port) == {**ports, "chroma": 8000}.get(name, int(port)), name
    assert {name for name, _port in found} >= {*ports, "chroma"}


def test_the_example_and_the_file_name_the_same_variables() -> None:
    used = {match["name"] for match in VARIABLE.finditer(COMPOSE.read_text())}
    passed_on = {
        name
        for service in OURS
        for name, value in SERVICES_OF_FILE[service]["environment"].items()
        if value is None
    }
    documented = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert documented == used | passed_on


def test_the_secrets_command_makes_all_that_is_required() -> None:
    required = {match["name"] for match in VARIABLE.finditer(COMPOSE.read_text()) if match["kind"] == ":?"}
    assert required == set(make_secrets())


def test_a_missing_secret_stops_compose() -> None:
    with pytest.raises(KeyError, match="NARUTALK_SECRET_KEY"):
        interpolate(SERVICES_OF_FILE["manager"]["environment"]["NARUTALK_SECRET_KEY"], {})


def test_images_are_pinned() -> None:
    images = {interpolate(service["image"], {}) for service in SERVICES_OF_FILE.values()}
    assert images == {"narutalk:0.1.0", "postgres:18.1-bookworm"}
    assert "--tag narutalk:0.1.0" in DOCKERFILE.read_text()


def test_only_the_manager_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES_OF_FILE.items() if "ports" in service}
    assert list(published) == ["manager"]
    assert interpolate(published["manager"][0], {}) == "127.0.0.1:8000:8000"
    assert read_compose()["networks"]["data"] == {"internal": True}


@pytest.mark.parametrize("service", SERVICES_OF_FILE)
def test_each_is_confined(service: str) -> None:
    definition = SERVICES_OF_FILE[service]
    assert definition["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert "no-new-privileges:true" in definition["security_opt"]
    if service != "postgres":
        assert definition["read_only"] is True
        assert definition["cap_drop"] == ["ALL"]
    for other, condition in definition.get("depends_on", {}).items():
        expected = "service_completed_successfully" if other == "prepare" else "service_healthy"
        assert condition == {"condition": expected}
        assert other == "prepare" or "healthcheck" in SERVICES_OF_FILE[other]


def test_what_is_kept_lies_in_named_volumes() -> None:
    mounts = {
        name: [volume.split(":")[0] for volume in service["volumes"]]
        for name, service in SERVICES_OF_FILE.items()
        if "volumes" in service
    }
    assert mounts == {
        "postgres": ["postgres"],
        "chroma": ["chroma"],
        "document": ["documents"],
        "employee": ["reports"],
        "client": ["client-reports"],
    }
    assert set(read_compose()["volumes"]) == {name for names in mounts.values() for name in names}
