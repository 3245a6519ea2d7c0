"""The whole company as real processes, for the tests that look at it from outside."""

import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from narutalk.identity import Identity, Issuer, Role, build_signer
from narutalk.settings import Settings, load_settings
from services.launcher.children import INSTANCE_VARIABLE
from services.launcher.plan import plan_processes
from services.launcher.scale import parse_scale

NOT_COPIED = ("*-wal", "*-shm", "logs", "threads-*", "checkpoints-*")
"""What stays with a company whose data is copied: what is not written back yet, and its runs, which the
other one would take over."""
TODAY = "2026-11-16"
ADMIN_PASSWORD = "correct horse battery"
LOGIN_PATH = "/accounts/login/"
CSRF_COOKIE = "narutalk_csrf"
DATABASES = ("database_url", "employee_database_url", "client_database_url", "transaction_database_url")
PROCESS_COUNT = 6  # of them one without a port: the worker
COMMAND = (sys.executable, "-m", "services.cli")
FIRST_PORT = 10_000
LAST_PORT = 32_000
SEARCHED_PORTS = 2_000
START_TIMEOUT_SECONDS = 240
STOP_TIMEOUT_SECONDS = 10


@dataclass
class Company:
    """A running `narutalk up`.

    Attributes:
        process: Of the launcher.
        settings: Its ports and data dir.
        log_path: What it printed.
        scale: How many instances, by service; one where it says nothing.
    """

    process: subprocess.Popen[bytes]
    settings: Settings
    log_path: Path
    scale: dict[str, int]

    @property
    def url(self) -> str:
        """The manager's address."""
        return self.settings.service_urls("manager")[0]

    def printed(self) -> str:
        """What the launcher has printed so far."""
        return self.log_path.read_text(errors="replace")

    def wait_until_printed(self, pattern: str, timeout_seconds: float = START_TIMEOUT_SECONDS) -> str:
        """Wait until the launcher has printed something; fail when it ends first."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.printed())
            if found:
                return found[0]
            if self.process.poll() is not None:
                raise AssertionError(f"narutalk up ended:\n{self.printed()}")
            time.sleep(0.05)
        raise AssertionError(f"narutalk up never printed {pattern!r}:\n{self.printed()}")

    def wait_until_logged(self, service: str, pattern: str, timeout_seconds: float = 10) -> str:
        """Wait until a service's log holds a line, and return it."""
        path = self.settings.data_dir / "logs" / f"{service}.log"
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, path.read_text(errors="replace"))
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"{service} never logged {pattern!r}")

    def instance_url(self, instance: str) -> str:
        """The address of an instance: ``employee``, or ``employee-2`` where there are several."""
        port = next(
            plan.port for plan in plan_processes(self.settings, self.scale) if plan.instance == instance
        )
        return f"http://{self.settings.host}:{port}"

    def wait_until_healthy(self, instance: str, timeout_seconds: float = 60) -> None:
        """Wait until an instance answers its health check."""
        deadline = time.monotonic() + timeout_seconds
        url = f"{self.instance_url(instance)}/health"
        while time.monotonic() < deadline:
            try:
                if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{instance} is not healthy:\n{self.printed()}")

    def token(self, *roles: Role, user_id: str = "1", groups: Sequence[str] = ()) -> str:
        """A token for calling the services directly."""
        identity = Identity(
            user_id=user_id, username="tester", roles=frozenset(roles), groups=frozenset(groups)
        )
        return build_signer(self.settings, Issuer.MANAGER).sign(identity)

    @contextmanager
    def login(self, username: str = "admin", password: str = ADMIN_PASSWORD) -> Iterator[httpx.Client]:
        """A client of the manager with a session."""
        with httpx.Client(base_url=self.url, timeout=60, follow_redirects=True) as client:
            client.get(LOGIN_PATH).raise_for_status()
            answer = client.post(
                LOGIN_PATH,
                data={
                    "username": username,
                    "password": password,
                    "csrfmiddlewaretoken": client.cookies[CSRF_COOKIE],
                },
                headers={"Referer": f"{self.url}{LOGIN_PATH}"},
            )
            answer.raise_for_status()
            client.headers["X-CSRFToken"] = client.cookies[CSRF_COOKIE]
            client.headers["Referer"] = self.url
            yield client

    def rows(self, database: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run SQL on one of the databases, named as its SQLite file is: ``employees``, ``manager`` …"""
        settings = self.settings
        companys = {
            "employees": settings.employee_database_url,
            "clients": settings.client_database_url,
            "transactions": settings.transaction_database_url,
        }
        url = companys.get(database, settings.database_url).get_secret_value()
        if url:
            with psycopg.connect(url) as server:
                return server.execute(query.replace("?", "%s").encode(), parameters).fetchall()
        with sqlite3.connect(f"file:{settings.data_dir / database}.db?mode=ro", uri=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def copy_data(self, data_dir: Path) -> None:
        """Copy the loaded data for a company of its own; see `NOT_COPIED`."""
        shutil.copytree(self.settings.data_dir, data_dir, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def child_pids(self) -> dict[str, int]:
        """The process ids of the launcher's children, by instance (``employee``, or ``employee-2``)."""
        pids = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                pids[child.environ()[INSTANCE_VARIABLE]] = child.pid
            except (psutil.Error, KeyError):
                continue  # it has just ended, or has not begun yet
        return pids

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Send a signal, wait for the end, and return how many seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOP_TIMEOUT_SECONDS)
        return time.monotonic() - started


def free_ports(count: int) -> int:
    """Return the first of some consecutive free ports, looked for from a random one on: others look too.

    They lie below those that the system gives to outgoing connections, which come and go.
    """
    start = random.randrange(FIRST_PORT, LAST_PORT - SEARCHED_PORTS)
    for first in range(start, start + SEARCHED_PORTS, count + 1):
        with_sockets = []
        try:
            for port in range(first, first + count):
                probe = socket.socket()
                with_sockets.append(probe)
                probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for probe in with_sockets:
                probe.close()
        return first
    raise AssertionError("no free ports")


def run_command(*arguments: str, data_dir: Path, database_url: str = "") -> str:
    """Run a `narutalk` command to its end, and return what it printed."""
    finished = subprocess.run(
        [*COMMAND, *arguments, "--data-dir", str(data_dir)],
        env=_environment(database_url),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@contextmanager
def start_company(
    data_dir: Path, *arguments: str, environment: dict[str, str] | None = None, database_url: str = ""
) -> Iterator[Company]:
    """Run `narutalk up` over a data dir until the block ends; wait until it says that it is ready.

    Args:
        data_dir: Empty, or of a company that ran before.
        arguments: Further ones of `narutalk up`, such as ``"--scale", "document=2"``.
        environment: Beside ours.
        database_url: Of the PostgreSQL database that holds everything; SQLite in the data dir without one.
    """
    scale = parse_scale([value for name, value in pairwise(arguments) if name == "--scale"])
    port = free_ports(PROCESS_COUNT + sum(scale.values()))
    log_path = data_dir.with_suffix(".log")
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "up", "--port", str(port), "--data-dir", str(data_dir), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(database_url, environment),
        )
    databases = dict.fromkeys(DATABASES, database_url)
    settings = load_settings(data_dir=data_dir, port=port, _env_file=None, **databases)
    company = Company(process, settings, log_path, scale)
    try:
        company.wait_until_printed(r"NaruTalk is ready")
        yield company
    finally:
        if process.poll() is None:
            company.stop()


def _environment(database_url: str, beside: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        **os.environ,
        "NARUTALK_TODAY": TODAY,
        "NARUTALK_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "NARUTALK_TRACE_SINK": "true",
        "COLUMNS": "200",
        **{f"NARUTALK_{name.upper()}": database_url for name in DATABASES},
        **(beside or {}),
    }
