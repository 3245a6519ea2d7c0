"""Which processes `narutalk up` starts, and with what environment."""

import os
import socket
import sys
from typing import NamedTuple

from narutalk.errors import ConfigurationError
from narutalk.registry import SERVICES
from narutalk.settings import Settings


class ProcessPlan(NamedTuple):
    """One process to start.

    Attributes:
        name: Of the service.
        port: It listens on.
        command: Its arguments, the interpreter first.
    """

    name: str
    port: int
    command: tuple[str, ...]


def plan_processes(settings: Settings) -> list[ProcessPlan]:
    """Return the processes, the agents before the router and the manager last."""
    plans = [
        ProcessPlan(
            service.name,
            settings.service_port(service.name),
            (sys.executable, "-m", "services.process", service.name),
        )
        for service in SERVICES
    ]
    return sorted(plans, key=lambda plan: -plan.port)


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the children: ours, with what the command line said."""
    return {
        **os.environ,
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
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, plan.port))
            except OSError as error:
                raise ConfigurationError(
                    f"Port {plan.port} ({plan.name}) is taken: {error.strerror}. "
                    "Stop what uses it, or choose other ports with --port.",
                    code="port_taken",
                    details={"port": plan.port},
                ) from error
