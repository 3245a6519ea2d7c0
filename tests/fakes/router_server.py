"""A router (and document service) that speaks the wire protocol and answers what a test has scripted.

A real uvicorn server in a thread of its own. Nothing in it sleeps: a script goes on at once, or holds at a
`Gate` until the test opens it.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from narutalk.errors import NotFound, Unauthenticated, error_body
from narutalk.identity import Identity, TokenVerifier

WAIT_SECONDS = 10
NO_STATE: dict[str, Any] = {"values": {}, "tasks": []}


class Gate:
    """A point in a script at which the router holds until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def wait_until_reached(self) -> None:
        assert self.reached.wait(WAIT_SECONDS), "the router never came to this gate"

    def open(self) -> None:
        self._opened.set()

    async def hold(self) -> None:
        self.reached.set()
        await asyncio.to_thread(self._opened.wait, WAIT_SECONDS)


@dataclass(frozen=True)
class Fail:
    """The run fails: an `error` event, and the stream ends."""

    error: str = "ValueError"
    message: str = "secret internals"


@dataclass(frozen=True)
class Cut:
    """The connection breaks in the middle of the stream."""


@dataclass(frozen=True)
class Refuse:
    """The router answers the question with an HTTP error."""

    status: int = 503


@dataclass(frozen=True)
class Raw:
    """Bytes as they are."""

    data: bytes


Step = dict[str, Any] | Gate | Fail | Cut | Refuse | Raw
Script = Sequence[Step]


@dataclass(frozen=True)
class Run:
    """A run that the router was asked for."""

    thread_id: str
    run_id: str
    body: dict[str, Any]
    identity: Identity
    headers: dict[str, str]


@dataclass
class FakeRouter:
    """What a test scripts, and what the router saw."""

    verifier: TokenVerifier
    default: Script = ()
    url: str = ""
    runs: list[Run] = field(default_factory=list)
    joins: list[tuple[str, str | None]] = field(default_factory=list)
    cancelled: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=lambda: dict(NO_STATE))
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    calls: "threading.Condition" = field(default_factory=threading.Condition)
    _scripts: deque[Script] = field(default_factory=deque)
    _rest: Script | None = None

    def script(self, *steps: Step) -> None:
        """Say how the next run goes; without a script it goes as `default`."""
        self._scripts.append(steps)

    def script_rest(self, *steps: Step) -> None:
        """Say how a run goes on for who joins it again; without it the router knows no run that was cut."""
        self._rest = steps

    def reset(self) -> None:
        """Forget what was scripted and seen."""
        self._rest, self.state = None, dict(NO_STATE)
        for seen in (
            self.runs,
            self.joins,
            self.cancelled,
            self.deleted,
            self.documents,
            self.files,
            self._scripts,
        ):
            seen.clear()

    def wait_for_cancel(self) -> tuple[str, str]:
        """Return the first cancelled run, waiting for it."""
        with self.calls:
            assert self.calls.wait_for(lambda: self.cancelled, WAIT_SECONDS), "no run was cancelled"
            return self.cancelled[0]

    def application(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/health", self._health),
                Route("/threads/{thread_id}/runs/stream", self._stream, methods=["POST"]),
                Route("/threads/{thread_id}/runs/{run_id}/stream", self._join),
                Route("/threads/{thread_id}/runs/{run_id}/cancel", self._cancel, methods=["POST"]),
                Route("/threads/{thread_id}/state", self._state),
                Route("/threads/{thread_id}", self._delete, methods=["DELETE"]),
                Route("/documents/{document_id}", self._document),
                Route("/documents/{document_id}/file", self._file),
            ],
            exception_handlers={Unauthenticated: _as_json, NotFound: _as_json},
        )

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"live": True, "ready": True, "dependencies": {}})

    async def _stream(self, request: Request) -> Response:
        identity = self._identity(request)
        run = Run(
            request.path_params["thread_id"],
            str(uuid4()),
            await request.json(),
            identity,
            dict(request.headers),
        )
        self.runs.append(run)
        script = self._scripts.popleft() if self._scripts else self.default
        if script and isinstance(script[0], Refuse):
            return JSONResponse({"detail": "secret internals"}, status_code=script[0].status)
        return StreamingResponse(_play(run, script), media_type="text/event-stream")

    async def _join(self, request: Request) -> Response:
        self._identity(request)
        self.joins.append((request.path_params["run_id"], request.headers.get("last-event-id")))
        if self._rest is None:
            raise NotFound("run")
        return StreamingResponse(_frames(self._rest), media_type="text/event-stream")

    async def _state(self, request: Request) -> Response:
        self._identity(request)
        return JSONResponse(self.state)

    async def _cancel(self, request: Request) -> Response:
        self._identity(request)
        with self.calls:
            self.cancelled.append((request.path_params["thread_id"], request.path_params["run_id"]))
            self.calls.notify_all()
        return Response(status_code=202)

    async def _delete(self, request: Request) -> Response:
        self._identity(request)
        self.deleted.append(request.path_params["thread_id"])
        return Response(status_code=204)

    async def _document(self, request: Request) -> Response:
        self._identity(request)
        found = self.documents.get(request.path_params["document_id"])
        if found is None:
            raise NotFound("document")
        return JSONResponse(found)

    async def _file(self, request: Request) -> Response:
        self._identity(request)
        if request.path_params["document_id"] not in self.files:
            raise NotFound("document")
        name, content_type, content = self.files[request.path_params["document_id"]]
        return Response(
            content,
            media_type=content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _identity(self, request: Request) -> Identity:
        return self.verifier.verify(request.headers.get("Authorization", "").removeprefix("Bearer "))


@contextmanager
def serve(app: Any, *, port: int = 0) -> Iterator[str]:
    """Serve an ASGI application on a real port in a thread, and yield its URL."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    started, failure = threading.Event(), []

    async def run() -> None:
        startup = server.startup

        async def tell(*args: Any, **kwargs: Any) -> None:
            await startup(*args, **kwargs)
            started.set()

        server.startup = tell  # type: ignore[method-assign]
        await server.serve()

    def main() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            failure.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=main, name="fake-server")
    thread.start()
    started.wait(WAIT_SECONDS)
    if failure or not server.started:
        server.should_exit = True
        thread.join(WAIT_SECONDS)
        raise RuntimeError(f"the server did not start: {failure}")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS)


async def _play(run: Run, script: Script) -> AsyncIterator[bytes]:
    yield _frame("metadata", {"run_id": run.run_id, "attempt": 1}, 0)
    async for frame in _frames(script):
        yield frame


async def _frames(script: Script) -> AsyncIterator[bytes]:
    for position, step in enumerate(script, 1):
        match step:
            case Gate():
                yield b": heartbeat\r\n\r\n"
                await step.hold()
            case Fail():
                yield _frame("error", {"error": step.error, "message": step.message})
                return
            case Cut():
                raise ConnectionAbortedError("scripted")
            case Raw():
                yield step.data
            case dict():
                yield _frame("custom", step, position)
    yield _frame("end", None)


def _frame(event: str, data: Any, id: int | None = None) -> bytes:
    place = "" if id is None else f"id: {id}\r\n"
    return f"event: {event}\r\ndata: {json.dumps(data, ensure_ascii=False)}\r\n{place}\r\n".encode()


async def _as_json(_request: Request, error: Any) -> Response:
    return JSONResponse(error_body(error, None), status_code=error.status)
