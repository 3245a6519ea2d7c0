"""The services of deploy/compose.yaml as processes of this machine, with exactly the environment it gives.

There is no Docker here: host names become loopback ports, a container's /data a folder, and PostgreSQL, which
is an image of others, the tests' own server.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
DOCKERIGNORE = ROOT / ".dockerignore"
COMPOSE = ROOT / "deploy" / "compose.yaml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
EXAMPLE = ROOT / "deploy" / "compose.env.example"
PORTS = {"manager": 8000, "router": 8001, "document": 8002, "employee": 8003, "client": 8004, "chroma": 8000}
CHROMA_OFFSET = 5
START_TIMEOUT_SECONDS = 90
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<rest>[^}]*))?\}")
POSTGRES_URL = re.compile(r"postgresql://narutalk:[^@]+@postgres:5432/(\w+)")


def read_compose() -> dict[str, Any]:
    """The file with its anchors and merges resolved, and its variables not."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


def read_env_file(text: str) -> dict[str, str]:
    """The variables of an env file."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def image_environment() -> dict[str, str]:
    """What ENV of the image's last stage says."""
    last_stage = DOCKERFILE.read_text().split("\nFROM ")[-1].replace("\\\n", " ")
    pairs = [
        pair for line in re.findall(r"^ENV (.+)$", last_stage, re.MULTILINE) for pair in shlex.split(line)
    ]
    return dict(pair.split("=", 1) for pair in pairs)


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Fill in variables as Compose does; one that is required and missing fails."""

    def value(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if given or match["kind"] is None:
            return given
        if match["kind"] == ":?":
            raise KeyError(match["name"])
        return match["rest"]

    return VARIABLE.sub(value, text)


def in_build_context(path: str) -> bool:
    """Whether .dockerignore lets a file of the repository into the image's build: its last match decides."""
    allowed = True
    for line in DOCKERIGNORE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        names = [path, *(str(parent) for parent in PurePosixPath(path).parents)]
        anywhere = pattern.removeprefix("**/")
        if any(
            fnmatch(PurePosixPath(name).name, anywhere)
            if pattern.startswith("**/")
            else fnmatch(name, pattern) and name.count("/") == pattern.count("/")
            for name in names
        ):
            allowed = line.startswith("!")
    return allowed


def repository_files() -> list[str]:
    """All files that are tracked, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for path in listed.stdout.splitlines() if (ROOT / path).is_file()]


def copy_build_context(folder: Path) -> None:
    """Copy what the image is built from."""
    for path in filter(in_build_context, repository_files()):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)


@dataclass
class Composition:
    """The running services.

    Attributes:
        variables: Of the env file.
        first_port: The manager's; the others follow, Chroma last.
        folder: Holds each service's /data and log, and the build context, from which everything runs.
        postgres_url: Of the server; a database `compose_NAME` on it stands for each of the file's.
    """

    variables: dict[str, str]
    first_port: int
    folder: Path
    postgres_url: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The manager's address."""
        return f"http://127.0.0.1:{self.port('manager')}"

    def port(self, service: str) -> int:
        offset = CHROMA_OFFSET if service == "chroma" else PORTS[service] - PORTS["manager"]
        return self.first_port + offset

    @property
    def source(self) -> Path:
        return self.folder / "context"

    def data_dir(self, service: str) -> Path:
        return self.folder / service

    def environment(self, service: str) -> dict[str, str]:
        """The variables that the container would have, the image's among them."""
        own: dict[str, str | None] = read_compose()["services"][service].get("environment", {})
        given = {
            name: interpolate(value, self.variables) if value is not None else self.variables.get(name)
            for name, value in own.items()
        }
        all_of_it = {
            **image_environment(),
            **{name: value for name, value in given.items() if value is not None},
        }
        return {name: self._here(service, value) for name, value in all_of_it.items()}

    def command(self, service: str, command: list[str]) -> list[str]:
        """The command with this environment's programs instead of the image's."""
        program, *arguments = command
        programs = {
            "python": [sys.executable],
            "narutalk": [sys.executable, "-m", "services.cli"],
            "chroma": [str(Path(sys.executable).parent / "chroma")],
        }
        if program == "chroma":
            arguments = [str(self.port("chroma")) if one == "8000" else one for one in arguments]
        return [*programs[program], *(self._here(service, argument) for argument in arguments)]

    def start(self, service: str) -> None:
        """Start a service; one that only prepares is waited for, the others until they are healthy."""
        definition = read_compose()["services"][service]
        self.data_dir(service).mkdir()
        with (self.folder / f"{service}.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(service, definition["command"]),
                env={**self._of_this_machine(), **self.environment(service)},
                cwd=self.data_dir(service),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes[service] = process
        if definition["restart"] == "no":
            assert process.wait(START_TIMEOUT_SECONDS) == 0, self.log(service)
        elif "healthcheck" in definition:
            self._wait_until_healthy(service, definition["healthcheck"]["test"])

    def start_all(self) -> None:
        """Start everything, each service after those it depends on."""
        waiting = {
            name: set(definition.get("depends_on", {})) - {"postgres"}
            for name, definition in read_compose()["services"].items()
            if name != "postgres"
        }
        while waiting:
            startable = [name for name, others in waiting.items() if not others & waiting.keys()]
            assert startable, f"services wait for each other: {waiting}"
            for name in startable:
                del waiting[name]
                self.start(name)

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(errors="replace")

    def stop(self) -> None:
        running = [process for process in self.processes.values() if process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            process.wait(15)

    def _wait_until_healthy(self, service: str, test: list[str]) -> None:
        # The check as it is written, but for the port, which is the container's own.
        address = f"127.0.0.1:{PORTS[service]}"
        command = [one.replace(address, f"127.0.0.1:{self.port(service)}") for one in test[1:]]
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            assert self.processes[service].poll() is None, self.log(service)
            check = subprocess.run(
                self.command(service, command), env=self._of_this_machine(), check=False, cwd=self.folder
            )
            if check.returncode == 0:
                return
        raise AssertionError(f"{service} is not healthy:\n{self.log(service)}")

    def _here(self, service: str, value: str) -> str:
        value = POSTGRES_URL.sub(
            lambda found: self.postgres_url.replace("/postgres?", f"/compose_{found[1]}?", 1), value
        )
        for name, port in PORTS.items():
            value = value.replace(f"//{name}:{port}", f"//127.0.0.1:{self.port(name)}")
        return re.sub(r"^/data\b", str(self.data_dir(service)), value)

    def _of_this_machine(self) -> dict[str, str]:
        kept = {"LANG": "C.UTF-8", "PYTHONPATH": str(self.source), "NARUTALK_PORT": str(self.first_port)}
        return {**kept, "PATH": os.environ["PATH"]}


@contextmanager
def run_composition(
    variables: dict[str, str], first_port: int, folder: Path, postgres_url: str
) -> Iterator[Composition]:
    """Run all services until the block ends."""
    composition = Composition(variables, first_port, folder, postgres_url)
    copy_build_context(composition.source)
    try:
        composition.start_all()
        yield composition
    finally:
        composition.stop()
