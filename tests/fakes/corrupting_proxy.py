"""A proxy in front of a real router that misroutes a part of its decisions: a planted regression."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.router_server import serve

TIMEOUT_SECONDS = 20
CORRUPTED_OF = 4
"""One of so many messages is corrupted, always the same ones."""
WRONG_AGENT = {"document": "employee", "employee": "client", "client": "document"}


@contextmanager
def corrupting_proxy(upstream: str) -> Iterator[str]:
    """Serve it until the block ends; yields its address."""

    async def health(_request: Request) -> Response:
        async with httpx.AsyncClient(base_url=upstream, timeout=TIMEOUT_SECONDS) as http:
            return JSONResponse({}, status_code=(await http.get("/health")).status_code)

    async def route(request: Request) -> Response:
        body = await request.body()
        headers = {name: request.headers[name] for name in ("authorization", "content-type")}
        async with httpx.AsyncClient(base_url=upstream, timeout=TIMEOUT_SECONDS) as http:
            answer = await http.post("/route", content=body, headers=headers)
        found: dict[str, Any] = answer.json()
        if zlib.crc32(body) % CORRUPTED_OF == 0:
            for delegation in found["delegations"]:
                delegation["agent"] = WRONG_AGENT[delegation["agent"]]
        return JSONResponse(found, status_code=answer.status_code)

    routes = [Route("/health", health), Route("/route", route, methods=["POST"])]
    with serve(Starlette(routes=routes)) as url:
        yield url
