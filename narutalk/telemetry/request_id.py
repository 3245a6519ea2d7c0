"""The request id: taken from `X-Request-ID` when it looks sane, made new otherwise, sent on every hop."""

import re
from uuid import uuid4

from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from starlette.types import ASGIApp

REQUEST_ID_HEADER = "X-Request-ID"

_SANE = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


def with_request_id(app: ASGIApp) -> ASGIApp:
    """Wrap an ASGI app so that every request has an id, in its context and in the response's header."""
    return CorrelationIdMiddleware(
        app,
        header_name=REQUEST_ID_HEADER,
        generator=lambda: uuid4().hex,
        validator=lambda value: bool(_SANE.match(value)),
    )


def current_request_id() -> str | None:
    """Return the id of the request that is being served, or None outside of one."""
    return correlation_id.get()
