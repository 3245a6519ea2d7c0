"""LangSmith's ingestion API on a real port: what the SDK sends is taken apart and kept."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any, Literal
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.router_server import serve

Mood = Literal["ok", "failing", "hung"]

WAIT_SECONDS = 15


@dataclass
class FakeLangSmith:
    """What it was sent.

    Attributes:
        key: The only one it accepts.
        use_multipart: What its ``/info`` asks the SDK for.
        mood: Whether it answers, fails with 500, or takes requests and never answers.
        posts: Runs that began, by id.
        patches: What was said of runs later, by id.
        bodies: Every body, as it came.
        paths: Every path that was asked for.
        requests: How many came, answered or not.
    """

    key: str
    use_multipart: bool = True
    mood: Mood = "ok"
    url: str = ""
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    patches: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    requests: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def runs(self) -> dict[str, dict[str, Any]]:
        """Return the runs as they are known by now."""
        ids = {*self.posts, *self.patches}
        return {
            id_: {
                **self.posts.get(id_, {}),
                **{k: v for k, v in self.patches.get(id_, {}).items() if v is not None},
            }
            for id_ in ids
        }

    def wait_for(self, satisfied: Any, timeout_seconds: float = WAIT_SECONDS) -> None:
        """Wait until what came satisfies a condition over this object."""
        with self._changed:
            assert self._changed.wait_for(lambda: satisfied(self), timeout_seconds), (
                f"LangSmith never got it; it has {[run.get('name') for run in self.runs().values()]}"
            )

    def wait_for_trace(self, trace_id: str) -> list[dict[str, Any]]:
        """Return a trace's runs when all have ended and its root is among them."""

        def complete(_fake: FakeLangSmith) -> bool:
            runs = [run for run in self.runs().values() if run.get("trace_id") == trace_id]
            return any(run["id"] == trace_id for run in runs) and all(run.get("end_time") for run in runs)

        self.wait_for(complete)
        return [run for run in self.runs().values() if run.get("trace_id") == trace_id]

    def application(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/info", self._info),
                Route("/runs/batch", self._batch, methods=["POST"]),
                Route("/runs/multipart", self._multipart, methods=["POST"]),
            ]
        )

    async def _info(self, request: Request) -> Response:
        self.paths.append("/info")
        if self.mood == "hung":
            return await self._hang(request)
        return JSONResponse(
            {
                "version": "0.16.0",
                "instance_flags": {"zstd_compression_enabled": True},
                "batch_ingest_config": {
                    "use_multipart_endpoint": self.use_multipart,
                    "size_limit": 100,
                    "size_limit_bytes": 20_971_520,
                    "scale_up_nthreads_limit": 16,
                    "scale_up_qsize_trigger": 1000,
                    "scale_down_nempty_trigger": 4,
                },
            }
        )

    async def _batch(self, request: Request) -> Response:
        return await self._take(request, json.loads)

    async def _multipart(self, request: Request) -> Response:
        content_type = request.headers["content-type"]
        return await self._take(request, lambda body: _from_parts(content_type, body))

    async def _take(self, request: Request, read: Any) -> Response:
        body = await request.body()
        with self._changed:
            self.requests += 1
            self.bodies.append(body)
            self.paths.append(request.url.path)
            self._changed.notify_all()
        if self.mood == "hung":
            return await self._hang(request)
        if self.mood == "failing":
            return JSONResponse({"detail": "down"}, status_code=500)
        if request.headers.get("x-api-key") != self.key:
            return JSONResponse({"detail": "wrong key"}, status_code=401)
        given = read(body)
        with self._changed:
            for run in given.get("post") or ():
                self.posts[run["id"]] = run
            for run in given.get("patch") or ():
                self.patches[run["id"]] = {**self.patches.get(run["id"], {}), **run}
            self._changed.notify_all()
        return JSONResponse({}, status_code=202)

    async def _hang(self, request: Request) -> Response:
        """Answer nothing until the client gives up."""
        while (await request.receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)
        return Response(status_code=499)


@contextmanager
def running_langsmith(*, mood: Mood = "ok", use_multipart: bool = True) -> Iterator[FakeLangSmith]:
    """Serve a fake LangSmith until the block ends."""
    fake = FakeLangSmith(key=f"lsv2_pt_{uuid4().hex}", mood=mood, use_multipart=use_multipart)
    with serve(fake.application()) as url:
        fake.url = url
        yield fake


def _from_parts(content_type: str, body: bytes) -> dict[str, list[dict[str, Any]]]:
    """Read the multipart format with the standard library's own parser."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    runs: dict[tuple[str, str], dict[str, Any]] = {}
    for part in message.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        operation, id_, *fields = name.split(".")
        value = json.loads(part.get_payload(decode=True))
        run = runs.setdefault((operation, id_), {})
        run.update({fields[0]: value} if fields else value)
    return {
        kind: [run for (operation, _), run in runs.items() if operation == kind] for kind in ("post", "patch")
    }
