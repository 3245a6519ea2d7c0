"""Long-lived HTTP clients: of one address, or balanced over the instances of a service."""

from narutalk.http.balancing import REPEATABLE, NoInstance
from narutalk.http.clients import build_client, build_service_client

__all__ = ["REPEATABLE", "NoInstance", "build_client", "build_service_client"]
