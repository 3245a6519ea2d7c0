"""An instance of a service that does what a test tells it."""

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

READY = {"live": True, "ready": True, "dependencies": {"database": {"ok": True, "duration_ms": 1.0}}}
NOT_READY = {"live": True, "ready": False, "dependencies": {"database": {"ok": False, "duration_ms": 1.0}}}


class FakeInstance:
    """Answers `/health` and `/metrics`.

    Attributes:
        status: Of `/health`.
        body: Of `/health`.
        hangs: Whether `/health` never answers.
        metrics: The text of `/metrics`; None answers 403.
        metrics_headers: Of the last scrape.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = READY
        self.hangs = False
        self.metrics: str | None = ""
        self.metrics_headers: dict[str, str] = {}

    def application(self) -> Starlette:
        return Starlette(routes=[Route("/health", self._health), Route("/metrics", self._metrics)])

    async def _health(self, _request: Request) -> Response:
        if self.hangs:
            await asyncio.Event().wait()
        return JSONResponse(self.body, status_code=self.status)

    async def _metrics(self, request: Request) -> Response:
        self.metrics_headers = dict(request.headers)
        return PlainTextResponse(self.metrics or "", status_code=403 if self.metrics is None else 200)


def metrics_text(
    *,
    ok: int,
    errors: int = 0,
    buckets: dict[str, int] | None = None,
    started: float = 1000.0,
    quiet: int = 0,
) -> str:
    """Return what `/metrics` says after some requests.

    Args:
        ok: Answered with 200.
        errors: Answered with 500.
        buckets: Cumulated counts by upper bound, such as ``{"0.1": 3, "+Inf": 4}``.
        started: When the process started.
        quiet: Health checks, each of more than a minute.
    """
    lines = [f"process_start_time_seconds {started}", "process_resident_memory_bytes 1.048576e+08"]
    labels = 'service="document",method="POST",route="/search"'
    health = 'service="document",method="GET",route="/health"'
    lines += [
        f'narutalk_http_requests_total{{{labels},status="200"}} {ok}',
        f'narutalk_http_requests_total{{{labels},status="500"}} {errors}',
        f'narutalk_http_requests_total{{{health},status="200"}} {quiet}',
    ]
    given, cumulated = buckets or {}, 0
    for bound in BOUNDS:
        cumulated = given.get(bound, cumulated)
        lines.append(f'narutalk_http_request_duration_seconds_bucket{{{labels},le="{bound}"}} {cumulated}')
    lines.append(f"narutalk_http_request_duration_seconds_sum{{{labels}}} {(ok + errors) * 0.1}")
    lines.append(f'narutalk_http_request_duration_seconds_bucket{{{health},le="+Inf"}} {quiet}')
    return "\n".join(lines) + "\n"


BOUNDS = tuple("0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 30.0 60.0 +Inf".split())
