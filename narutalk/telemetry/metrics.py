"""Prometheus metrics of one process: requests by route and status, and how long they took."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one process, in a registry of their own.

    Args:
        service: The value of the ``service`` label.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        ProcessCollector(
            registry=self.registry
        )  # memory, CPU time, start time; nothing where there is no /proc
        labels = ("service", "method", "route")
        self.requests = Counter(
            "narutalk_http_requests_total", "HTTP requests.", (*labels, "status"), registry=self.registry
        )
        self.duration = Histogram(
            "narutalk_http_request_duration_seconds",
            "Time from the request to the last byte of its response.",
            labels,
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class MetricsMiddleware:
    """Counts and times every HTTP request; the route's template is the label, never the path itself."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        recorded = False

        def record() -> None:
            nonlocal recorded
            if recorded:
                return
            recorded = True
            labels = (self._metrics.service, scope["method"], _route_template(scope))
            self._metrics.requests.labels(*labels, str(status)).inc()
            self._metrics.duration.labels(*labels).observe(time.perf_counter() - started)

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                record()  # before it is sent: who has read a response finds it in the metrics
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            record()


def _route_template(scope: Scope) -> str:
    template = getattr(scope.get("route"), "path", None) or scope.get("route_template")
    return str(template) if template else "unmatched"
