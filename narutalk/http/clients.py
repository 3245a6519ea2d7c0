"""Long-lived HTTP clients with explicit timeouts and limits; every request carries the request id on."""

import httpx

from narutalk.http.balancing import BalancedTransport
from narutalk.settings import Settings
from narutalk.telemetry.request_id import REQUEST_ID_HEADER, current_request_id

CONNECT_TIMEOUT_SECONDS = 3.0
POOL_TIMEOUT_SECONDS = 5.0
WRITE_TIMEOUT_SECONDS = 10.0
MAX_CONNECTIONS = 100
MAX_KEEPALIVE_CONNECTIONS = 20
HEAD_TIMEOUT_SECONDS = 10.0


def build_client(
    base_url: str,
    *,
    read_timeout_seconds: float,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """Return a client for one service instance. The caller closes it.

    Args:
        base_url: Of the instance.
        read_timeout_seconds: The longest silence between two chunks of a response.
        transport: Replaces the network, for tests.
    """
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=_timeout(read_timeout_seconds),
        limits=_limits(),
        transport=transport,
        event_hooks={"request": [_add_request_id]},
    )


def build_service_client(
    settings: Settings,
    service: str,
    *,
    read_timeout_seconds: float,
    head_timeout_seconds: float | None = HEAD_TIMEOUT_SECONDS,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """Return a client that is balanced over the instances of a service. The caller closes it.

    Its requests name the service only (``/threads/…``); `narutalk.http.balancing` says where each one goes.

    Args:
        settings: Say where the instances are.
        service: Its name.
        read_timeout_seconds: The longest silence between two chunks of a response.
        head_timeout_seconds: How long one of several instances may take to begin its response; None for as
            long as the read timeout says.
        transport: Replaces the network, for tests; a request's host and port say which instance is meant.
    """
    urls = settings.service_urls(service)
    verify = httpx.create_ssl_context() if any(url.startswith("https:") for url in urls) else False

    def pool(_url: str) -> httpx.AsyncBaseTransport:
        return transport or httpx.AsyncHTTPTransport(verify=verify, limits=_limits())

    return httpx.AsyncClient(
        base_url=f"http://{service}",
        timeout=_timeout(read_timeout_seconds),
        transport=BalancedTransport(service, urls, pool, head_timeout_seconds=head_timeout_seconds),
        event_hooks={"request": [_add_request_id]},
    )


def _timeout(read_seconds: float) -> httpx.Timeout:
    return httpx.Timeout(
        connect=CONNECT_TIMEOUT_SECONDS,
        read=read_seconds,
        write=WRITE_TIMEOUT_SECONDS,
        pool=POOL_TIMEOUT_SECONDS,
    )


def _limits() -> httpx.Limits:
    return httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_KEEPALIVE_CONNECTIONS)


async def _add_request_id(request: httpx.Request) -> None:
    request_id = current_request_id()
    if request_id:
        request.headers.setdefault(REQUEST_ID_HEADER, request_id)
