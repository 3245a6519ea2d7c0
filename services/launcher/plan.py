"""Which processes `narutalk up` starts, and with what environment."""

import os
import socket
import sys
from collections.abc import Mapping
from typing import NamedTuple

from narutalk.errors import ConfigurationError
from narutalk.registry import CHROMA, SERVICES, WORKER
from narutalk.settings import Settings

CHROMA_HEALTH_PATH = "/api/v2/heartbeat"
HEALTH_PATH = "/health"


class ProcessPlan(NamedTuple):
    """One process to start.

    Attributes:
        name: Of the service.
        instance: Its name among all processes, which its log file has too: ``document``, or
            ``document-1`` and ``document-2`` where there are two.
        port: It listens on; None for a process that does not.
        command: Its arguments, the interpreter first.
        health_path: Answers 200 when the process is ready.
        comes_first: Whether the others need it when they start.
    """

    name: str
    instance: str
    port: int | None
    command: tuple[str, ...]
    health_path: str = HEALTH_PATH
    comes_first: bool = False


def plan_processes(settings: Settings, scale: Mapping[str, int] | None = None) -> list[ProcessPlan]:
    """Return the processes, the agents before the router, then the manager and its worker.

    Several document services on one machine get a Chroma server, unless one is configured: an embedded
    Chroma takes one process at a time.

    Args:
        settings: The ports count.
        scale: How many instances, by service; one where it says nothing. The first instance of a service
            has the service's own port, the others the ports behind those of all services.
    """
    next_port = max(settings.service_port(service.name) for service in SERVICES) + 1
    plans: list[ProcessPlan] = []
    for service in SERVICES:
        count = (scale or {}).get(service.name, 1)
        ports = [settings.service_port(service.name), *range(next_port, next_port + count - 1)]
        next_port += count - 1
        instances = [_instance(service.name, number, count, port) for number, port in enumerate(ports, 1)]
        plans = instances + plans
    if (scale or {}).get("document", 1) > 1 and not settings.chroma_url:
        command = _command(CHROMA, "--port", str(next_port))
        plans.insert(0, ProcessPlan(CHROMA, CHROMA, next_port, command, CHROMA_HEALTH_PATH, comes_first=True))
    # The registry has the manager first and the agents last.
    return [*plans, ProcessPlan(WORKER, WORKER, None, _command(WORKER))]


def instance_urls(settings: Settings, plans: list[ProcessPlan]) -> dict[str, str]:
    """Return the variables that say where the instances of each scaled service are, and the Chroma server."""
    urls: dict[str, list[str]] = {}
    for plan in plans:
        if plan.port is not None:
            urls.setdefault(plan.name, []).append(f"http://{settings.host}:{plan.port}")
    chroma = urls.pop(CHROMA, [])
    variables = {
        f"NARUTALK_{name.upper()}_URLS": ",".join(found) for name, found in urls.items() if len(found) > 1
    }
    return variables | ({"NARUTALK_CHROMA_URL": chroma[0]} if chroma else {})


def child_environment(settings: Settings, plans: list[ProcessPlan] | None = None) -> dict[str, str]:
    """Return the environment of the children: ours, with what the command line said."""
    return {
        **os.environ,
        **instance_urls(settings, plans or []),
        "NARUTALK_DATA_DIR": str(settings.data_dir.resolve()),
        "NARUTALK_HOST": settings.host,
        "NARUTALK_PORT": str(settings.port),
        # The embedding engines spin on shared cores otherwise; two arenas keep memory down.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        "PYTHONUNBUFFERED": "1",
    }


def require_free_ports(settings: Settings, plans: list[ProcessPlan]) -> None:
    """Raise ConfigurationError when a port is taken.

    Raises:
        ConfigurationError: ``port_taken``, with the port in the message.
    """
    for plan in plans:
        if plan.port is None:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, plan.port))
            except OSError as error:
                raise ConfigurationError(
                    f"Port {plan.port} ({plan.instance}) is taken: {error.strerror}. "
                    "Stop what uses it, or choose other ports with --port.",
                    code="port_taken",
                    details={"port": plan.port},
                ) from error


def _instance(name: str, number: int, count: int, port: int) -> ProcessPlan:
    if count == 1:
        return ProcessPlan(name, name, port, _command(name))
    return ProcessPlan(name, f"{name}-{number}", port, _command(name, "--port", str(port)))


def _command(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "services.process", name, *arguments)
