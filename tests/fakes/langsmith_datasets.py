"""A LangSmith that takes datasets, experiments, runs and feedback, and remembers what it was sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.router_server import serve

INFO = {
    "version": "0.16.0",
    "instance_flags": {},
    "batch_ingest_config": {
        "use_multipart_endpoint": False,
        "size_limit": 100,
        "size_limit_bytes": 5_000_000,
        "scale_up_nthreads_limit": 1,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
}
NOW = "2026-11-16T00:00:00+00:00"


@dataclass
class FakeLangSmith:
    """What it was sent."""

    url: str = ""
    datasets: list[dict[str, Any]] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)
    experiments: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    refuses: bool = False

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/info", self._info),
                Route("/datasets", self._datasets, methods=["GET", "POST"]),
                Route("/examples/bulk", self._examples, methods=["POST"]),
                Route("/sessions", self._sessions, methods=["GET", "POST"]),
                Route("/sessions/{id}", self._session, methods=["GET", "PATCH"]),
                Route("/runs/batch", self._runs, methods=["POST"]),
                Route("/feedback", self._feedback, methods=["POST"]),
                Route("/feedback/batch", self._feedback, methods=["POST"]),
            ]
        )

    async def _info(self, request: Request) -> Response:
        return JSONResponse(INFO)

    async def _datasets(self, request: Request) -> Response:
        self.keys.add(request.headers.get("x-api-key", ""))
        if self.refuses:
            return JSONResponse({"detail": "wrong key"}, status_code=403)
        if request.method == "GET":
            name = request.query_params.get("name")
            return JSONResponse([one for one in self.datasets if one["name"] == name])
        stored = {"id": str(uuid4()), "created_at": NOW, "data_type": "kv", **await request.json()}
        self.datasets.append(stored)
        return JSONResponse(stored)

    async def _examples(self, request: Request) -> Response:
        given = await request.json()
        self.examples += given
        return JSONResponse(given)

    async def _sessions(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self.experiments)
        stored = {"tenant_id": str(uuid4()), "start_time": NOW, **await request.json()}
        stored.setdefault("id", str(uuid4()))
        self.experiments.append(stored)
        return JSONResponse(stored)

    async def _session(self, request: Request) -> Response:
        return JSONResponse(next(one for one in self.experiments if one["id"] == request.path_params["id"]))

    async def _runs(self, request: Request) -> Response:
        given = json.loads(await request.body())
        for run in [*given.get("post", []), *given.get("patch", [])]:
            self.runs.setdefault(run["id"], {}).update(run)
        return JSONResponse({}, status_code=202)

    async def _feedback(self, request: Request) -> Response:
        given = await request.json()
        self.feedback += given if isinstance(given, list) else [given]
        return JSONResponse({})


@contextmanager
def running_langsmith() -> Iterator[FakeLangSmith]:
    """Serve it on a port of its own until the block ends."""
    fake = FakeLangSmith()
    with serve(fake.application()) as url:
        fake.url = url
        yield fake
