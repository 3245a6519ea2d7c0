"""One structured log line for each HTTP request, when its response has ended."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = structlog.get_logger(__name__)

# What machines and open pages ask for again and again, and what every page brings along.
QUIET_PATHS = frozenset({"/health", "/ok", "/metrics", "/dashboard/live", "/dashboard/logs/live"})
QUIET_PREFIXES = ("/static/", "/ingest/")


class AccessLogMiddleware:
    """Logs method, path, status and duration; what comes again and again by itself is left out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["path"] in QUIET_PATHS
            or scope["path"].startswith(QUIET_PREFIXES)
        ):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            logger.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )


def _is_quiet(path: str) -> bool:
    return path in QUIET_PATHS or path.startswith(QUIET_PREFIXES)
