"""Managers and agent services as real processes over one data dir, each on ports that the bench chose."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from bench.company import load_data
from narutalk.registry import SERVICES
from narutalk.settings import Settings
from tests.company import TODAY, free_ports

AGENT = "employee"
START_SECONDS = 120
STOP_SECONDS = 15


class Process:
    """One process of the company.

    Args:
        name: Of the service.
        port: It listens on.
        data_dir: That all share.
        environment: Beside ours.
    """

    def __init__(self, name: str, port: int, data_dir: Path, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "services.process", name, "--port", str(port)]
        self._environment = {
            **os.environ,
            "NARUTALK_DATA_DIR": str(data_dir),
            "NARUTALK_TODAY": TODAY,
            **environment,
        }
        self._log = data_dir / f"{environment['NARUTALK_INSTANCE']}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; see `wait_until_ready`."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def wait_until_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/health", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError(f"{self._command} did not start; see {self._log}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def memory_bytes(self) -> int:
        """Return its resident memory."""
        assert self._process is not None
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def metrics(self) -> dict[tuple[str, str], float]:
        """Return its `/metrics` of log shipping, by name and reason."""
        text = httpx.get(f"{self.url}/metrics", timeout=10).raise_for_status().text
        return {
            (sample.name, sample.labels.get("reason", "")): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name.startswith("narutalk_logs_")
        }

    def stop(self) -> None:
        """End it, and wait for its end."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(STOP_SECONDS)


@contextmanager
def pairs(settings: Settings, names: tuple[str, ...]) -> Iterator[dict[str, tuple[Process, Process]]]:
    """Give a manager and an agent service that ships its logs to it under each name; none is started yet."""
    load_data(settings.data_dir)
    setup = [sys.executable, "-m", "django_admin.setup"]
    environment = {**os.environ, "NARUTALK_DATA_DIR": str(settings.data_dir)}
    subprocess.run(setup, env=environment, check=True, capture_output=True)
    first = free_ports(len(SERVICES) + 2 * len(names))
    base = {"NARUTALK_PORT": str(first)}
    with ExitStack() as stack:
        made = {}
        for number, name in enumerate(names):
            port = first + len(SERVICES) + 2 * number
            manager = Process(
                "manager", port, settings.data_dir, {**base, "NARUTALK_INSTANCE": f"manager-{name}"}
            )
            service = Process(
                AGENT,
                port + 1,
                settings.data_dir,
                {**base, "NARUTALK_INSTANCE": f"{AGENT}-{name}", "NARUTALK_MANAGER_URLS": manager.url},
            )
            stack.callback(manager.stop)
            stack.callback(service.stop)
            made[name] = (manager, service)
        yield made
