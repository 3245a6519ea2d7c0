"""Long-lived HTTP clients with explicit timeouts and limits; every request carries the request id on."""

import httpx

from narutalk.telemetry.request_id import REQUEST_ID_HEADER, current_request_id

CONNECT_TIMEOUT_SECONDS = 3.0
POOL_TIMEOUT_SECONDS = 5.0
WRITE_TIMEOUT_SECONDS = 10.0
MAX_CONNECTIONS = 100
MAX_KEEPALIVE_CONNECTIONS = 20


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
        timeout=httpx.Timeout(
            connect=CONNECT_TIMEOUT_SECONDS,
            read=read_timeout_seconds,
            write=WRITE_TIMEOUT_SECONDS,
            pool=POOL_TIMEOUT_SECONDS,
        ),
        limits=httpx.Limits(
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_KEEPALIVE_CONNECTIONS
        ),
        transport=transport,
        event_hooks={"request": [_add_request_id]},
    )


async def _add_request_id(request: httpx.Request) -> None:
    request_id = current_request_id()
    if request_id:
        request.headers.setdefault(REQUEST_ID_HEADER, request_id)
