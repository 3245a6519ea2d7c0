"""deploy/kubernetes: valid manifests that say the same as compose.yaml."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from narutalk.registry import SERVICES
from services.cli.secrets import make_secrets
from tests.composition import ROOT, interpolate, read_compose
from tests.unit.deploy.test_compose_file import DECLARED, SECRETS

FOLDER = ROOT / "deploy" / "kubernetes"
BASE = FOLDER / "base"
KUSTOMIZATIONS = sorted(FOLDER.rglob("kustomization.yaml"))
VERSIONS = ("1.31", "1.37")
COMPOSE_SERVICES: dict[str, dict[str, Any]] = read_compose()["services"]

Manifest = dict[str, Any]


def manifests(folder: Path = FOLDER) -> Iterator[Manifest]:
    for path in sorted(folder.rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text())


def of_kind(*kinds: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in manifests(BASE) if one["kind"] in kinds}


WORKLOADS = of_kind("Deployment", "StatefulSet", "Job")
OURS = {name: one for name, one in WORKLOADS.items() if name not in ("postgres", "chroma")}
CONFIG: dict[str, str] = of_kind("ConfigMap")["narutalk-config"]["data"]


def pod(name: str) -> Manifest:
    found: Manifest = WORKLOADS[name]["spec"]["template"]["spec"]
    return found


def container(name: str) -> Manifest:
    (only,) = pod(name)["containers"]
    found: Manifest = only
    return found


def variables(name: str) -> dict[str, Manifest]:
    return {variable["name"]: variable for variable in container(name).get("env", [])}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_valid(version: str) -> None:
    count = 0
    for count, manifest in enumerate(manifests(), 1):  # noqa: B007  (how many there were)
        kubernetes_validate.validate(manifest, version, strict=True)
    assert count > 25


@pytest.mark.parametrize("path", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_a_kustomization_lists_exactly_what_is_there(path: Path) -> None:
    kustomization = yaml.safe_load(path.read_text())
    listed = [*kustomization["resources"], *(one["path"] for one in kustomization.get("patches", []))]
    files = {one for one in listed if not one.startswith("../")}
    assert files == {one.name for one in path.parent.glob("*.yaml")} - {path.name}
    for folder in set(listed) - files:
        assert (path.parent / folder / "kustomization.yaml").is_file()


def test_the_secrets_file_is_made_and_never_committed() -> None:
    (example,) = [path for path in KUSTOMIZATIONS if path.parent.name == "example"]
    (generator,) = yaml.safe_load(example.read_text())["secretGenerator"]
    for name in generator["envs"]:
        path = (example.parent / name).relative_to(ROOT)
        ignored = subprocess.run(["git", "check-ignore", "--quiet", str(path)], cwd=ROOT, check=False)
        assert ignored.returncode == 0, path


def test_the_same_processes_and_images_as_in_compose() -> None:
    assert set(WORKLOADS) == set(COMPOSE_SERVICES)
    for name, service in COMPOSE_SERVICES.items():
        assert container(name)["image"] == interpolate(service["image"], {})
        if name != "postgres":
            assert container(name)["command"] == service["command"]


@pytest.mark.parametrize("name", OURS)
def test_a_process_has_the_variables_that_compose_gives_it(name: str) -> None:
    own = {variable for variable in variables(name) if variable != "POSTGRES_PASSWORD"}
    composed = set(COMPOSE_SERVICES[name]["environment"])
    assert (own | CONFIG.keys()) - DECLARED == set()
    assert own & SECRETS == composed & SECRETS
    # What is the same for all lies in the ConfigMap, where it is of no harm to those that do not use it.
    assert composed - own - CONFIG.keys() <= {"LANGSMITH_ENDPOINT", "LANGSMITH_PROJECT", "OPENAI_BASE_URL"}
    assert own <= composed
    for variable in own:
        if "value" in variables(name)[variable]:
            given = interpolate(COMPOSE_SERVICES[name]["environment"][variable], {"POSTGRES_PASSWORD": "p"})
            assert variables(name)[variable]["value"].replace("$(POSTGRES_PASSWORD)", "p") == given


def test_secrets_come_from_the_secret_and_are_made() -> None:
    for name in OURS:
        for variable, definition in variables(name).items():
            if "valueFrom" in definition:
                key = definition["valueFrom"]["secretKeyRef"]
                assert (key["name"], key["key"]) == ("narutalk-secrets", variable)
                assert key.get("optional") or variable in make_secrets()
    assert not set(CONFIG) & SECRETS


def test_services_lead_to_their_pods() -> None:
    ports = {service.name: 8000 + service.port_offset for service in SERVICES}
    ports |= {"chroma": 8000, "postgres": 5432}
    found = of_kind("Service")
    assert found.keys() == ports.keys()
    for name, service in found.items():
        (port,) = service["spec"]["ports"]
        (opened,) = container(name)["ports"]
        assert (port["port"], port["targetPort"]) == (ports[name], opened["name"])
        assert opened["containerPort"] == ports[name]
        assert service["spec"]["selector"].items() <= labels(name).items()
    for service in SERVICES:
        assert (
            CONFIG[f"NARUTALK_{service.name.upper()}_URLS"] == f"http://{service.name}:{ports[service.name]}"
        )


def labels(name: str) -> dict[str, str]:
    found: dict[str, str] = WORKLOADS[name]["spec"]["template"]["metadata"]["labels"]
    return found


@pytest.mark.parametrize("name", [service.name for service in SERVICES if service.name != "manager"])
def test_host_names_stay_the_same_and_no_two_live_at_once(name: str) -> None:
    assert pod(name)["hostname"] == COMPOSE_SERVICES[name]["hostname"] == name
    assert WORKLOADS[name]["spec"]["replicas"] == 1
    assert WORKLOADS[name]["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_pod_is_confined(name: str) -> None:
    assert pod(name)["securityContext"]["runAsNonRoot"] is True
    assert pod(name)["automountServiceAccountToken"] is False
    # Variables such as NARUTALK_PORT, made from a service's name, would be taken for settings.
    assert pod(name)["enableServiceLinks"] is False
    security = container(name)["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert container(name)["resources"].keys() == {"requests", "limits"}
    if name not in ("prepare", "worker"):
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container(name).keys()


def test_the_managers_probes_name_an_allowed_host() -> None:
    for probe in ("startupProbe", "readinessProbe"):
        (header,) = container("manager")[probe]["httpGet"]["httpHeaders"]
        assert header["name"] == "Host"
        assert header["value"] in CONFIG["NARUTALK_ALLOWED_HOSTS"].split(",")


def test_only_the_manager_is_reached_from_outside() -> None:
    policies = of_kind("NetworkPolicy")
    denied = policies.pop("default-deny")["spec"]
    assert "ingress" not in denied
    assert all(denied["podSelector"]["matchLabels"].items() <= labels(name).items() for name in WORKLOADS)
    open_to_all = [
        name for name, one in policies.items() if any("from" not in rule for rule in one["spec"]["ingress"])
    ]
    assert open_to_all == ["manager"]
    assert policies.keys() == of_kind("Service").keys()


def test_claims_are_mounted_as_volumes_are_in_compose() -> None:
    mounted = {
        name: [
            one["persistentVolumeClaim"]["claimName"]
            for one in pod(name)["volumes"]
            if "persistentVolumeClaim" in one
        ]
        for name in WORKLOADS
    }
    composed = {
        name: [volume.split(":")[0] for volume in service.get("volumes", [])]
        for name, service in COMPOSE_SERVICES.items()
    }
    assert {**mounted, "postgres": ["postgres"]} == composed
    assert {name for names in mounted.values() for name in names} == of_kind("PersistentVolumeClaim").keys()
