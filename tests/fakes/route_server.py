"""A router that answers `POST /route` as a dataset expects, or wrongly for some of its questions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evals.examples import load_dataset
from tests.fakes.router_server import Gate, serve


@dataclass
class FakeRoute:
    """How it answers.

    Attributes:
        misroutes: Every so many-th question is sent to the wrong agent; 0 for none.
        broken: Whether it answers with 500.
        gate: Where questions wait, if any.
    """

    url: str = ""
    misroutes: int = 0
    broken: bool = False
    gate: Gate | None = None
    asked: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # guards what a server thread writes

    def __post_init__(self) -> None:
        self._right = {
            (example.inputs.message, example.inputs.before): (number, example.reference.agents or ())
            for number, example in enumerate(load_dataset("routing").examples)
        }

    def application(self) -> Starlette:
        return Starlette(
            routes=[Route("/health", self._health), Route("/route", self._route, methods=["POST"])]
        )

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"live": True})

    async def _route(self, request: Request) -> Response:
        body = await request.json()
        before = tuple(entry["content"] for entry in body["history"])
        number, agents = self._right[body["message"], before]
        with self._lock:
            self.asked.append(body["message"])
        if self.gate:
            await self.gate.hold()
        if self.broken:
            return JSONResponse({"error": {"code": "internal_error"}}, status_code=500)
        if self.misroutes and number % self.misroutes == 0:
            agents = ("nobody-knows",)
        delegations = [{"agent": agent, "task": body["message"], "confidence": 0.9} for agent in agents]
        return JSONResponse(
            {"delegations": delegations, "needs_clarification": False, "method": "classifier"}
        )


@contextmanager
def running_route() -> Iterator[FakeRoute]:
    """Serve it on a port of its own until the block ends."""
    fake = FakeRoute()
    with serve(fake.application()) as url:
        fake.url = url
        yield fake
