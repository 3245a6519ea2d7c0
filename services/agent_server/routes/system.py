"""Health, metrics and what this server is."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from narutalk.telemetry.metrics import CONTENT_TYPE, Metrics
from narutalk.telemetry.tracing.process import is_tracing
from services.agent_server.health import Health, read_health
from services.agent_server.serialization import json_response
from services.agent_server.state import Server

router = APIRouter(tags=["system"])


class Ok(BaseModel):
    """The answer of ``GET /ok``."""

    ok: bool = True
    services: dict[str, Any] = {}


class Info(BaseModel):
    """The answer of ``GET /info``."""

    version: str
    langgraph_py_version: str
    flags: dict[str, bool]
    host: dict[str, str | None]


@router.get("/ok", summary="Whether the process answers")
async def ok() -> Ok:
    return Ok()


@router.get("/info", summary="Versions and what is supported")
async def info() -> Info:
    return Info(
        version=_own_version(),
        langgraph_py_version=version("langgraph"),
        flags={"assistants": True, "crons": True, "strict_resume": True, "langsmith": is_tracing()},
        host={"kind": "self-hosted", "project_id": None, "revision_id": None},
    )


@router.get(
    "/health", summary="Whether the service and its dependencies work", responses={503: {"model": Health}}
)
async def health(server: Server) -> Health:
    found = await read_health(server)
    return json_response(found, status=200 if found.ready else 503)  # type: ignore[return-value]


@router.get("/metrics", summary="Metrics in the Prometheus text format", response_class=Response)
async def metrics(request: Request) -> Response:
    collected: Metrics = request.app.state.metrics
    return Response(collected.render(), media_type=CONTENT_TYPE)


def _own_version() -> str:
    try:
        return version("narutalk")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
