"""Who may read ``/metrics``: this machine, and whoever holds the ingest key."""

from collections.abc import Mapping
from ipaddress import ip_address

from narutalk.errors import ConfigurationError
from narutalk.identity import bearer_token, is_ingest_key
from narutalk.settings import Settings

_FORWARDED = ("x-forwarded-for", "forwarded")


def may_read_metrics(settings: Settings, *, peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a request for metrics comes from this machine, or carries the ingest key as a bearer token.

    Args:
        settings: Name the ingest key; without one, only this machine is answered.
        peer: The address of the other side of the connection; empty where it is unknown.
        headers: Of the request, found whatever their case. One that a proxy adds means: not this machine.
    """
    if _is_loopback(peer) and not any(name in headers for name in _FORWARDED):
        return True
    given = bearer_token(headers.get("authorization", ""))
    try:
        return given is not None and is_ingest_key(settings, given)
    except ConfigurationError:
        return False


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False
