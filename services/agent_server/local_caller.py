"""Serving without authentication, to the programs of this machine only."""

import socket
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from narutalk.errors import ConfigurationError, Unauthenticated
from narutalk.identity import Identity

LOCAL_IDENTITY = Identity(user_id="local", username="local")
LOCAL_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
_FORWARDED = ("x-forwarded-for", "forwarded")


class LocalCaller:
    """Takes every caller for one person, and refuses what did not begin on this machine.

    The server listens on a loopback address, but a web page of anywhere can make this machine's browser call
    it, under a name that resolves to the address: so the host that is asked for must be this machine, and so
    must the page.

    Args:
        origins: Of pages elsewhere that may call too.
    """

    def __init__(self, origins: frozenset[str] = frozenset()) -> None:
        self._origins = origins

    def identify(self, headers: Mapping[str, str]) -> Identity:
        """Return `LOCAL_IDENTITY`; see `auth.Authenticator.identify`."""
        origin = headers.get("origin", "")
        if (
            not _is_loopback_name(urlsplit(f"//{headers.get('host', '')}").hostname)
            or any(name in headers for name in _FORWARDED)
            or (origin and not self._may_call(origin))
        ):
            raise Unauthenticated("This server answers this machine only.", code="not_local")
        return LOCAL_IDENTITY

    def _may_call(self, origin: str) -> bool:
        return origin in self._origins or _is_loopback_name(urlsplit(origin).hostname)


def require_loopback(host: str) -> None:
    """Refuse to serve without authentication on an address that others reach.

    Raises:
        ConfigurationError: ``no_auth_not_loopback``.
    """
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        found = set()
    if not found or not all(ip_address(address).is_loopback for address in found):
        raise ConfigurationError(
            f"--no-auth works only on a loopback address, such as 127.0.0.1 or localhost; {host} is none.",
            code="no_auth_not_loopback",
        )


def _is_loopback_name(name: str | None) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name or "").is_loopback
    except ValueError:
        return False
