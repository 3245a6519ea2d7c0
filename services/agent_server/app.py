"""The app factory: LangGraph graphs in, a FastAPI app that speaks the LangGraph server API out."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer

from narutalk.identity import TokenVerifier
from narutalk.settings import Settings
from narutalk.telemetry.access_log import AccessLogMiddleware
from narutalk.telemetry.metrics import Metrics, MetricsMiddleware
from narutalk.telemetry.request_id import with_request_id
from services.agent_server.auth import (
    DEV_PATHS,
    PUBLIC_PATHS,
    AuthenticationMiddleware,
    Authenticator,
    BearerTokens,
)
from services.agent_server.cors import add_cors
from services.agent_server.error_answers import (
    DOCUMENTED_ERRORS,
    UnhandledErrorsMiddleware,
    add_error_handlers,
)
from services.agent_server.graphs.resources import Graph, GraphFactory
from services.agent_server.lifecycle import open_server
from services.agent_server.routes import ROUTERS
from services.agent_server.state import HealthCheck
from services.agent_server.threads.subthreads import Subthreads


def create_agent_app(
    *,
    service: str,
    graphs: Mapping[str, Graph | GraphFactory[Any]],
    settings: Settings,
    verifier: TokenVerifier | Authenticator,
    routers: Sequence[APIRouter] = (),
    resources: Callable[[Settings], AbstractAsyncContextManager[Any]] | None = None,
    health_checks: Mapping[str, HealthCheck] | None = None,
    process: str | None = None,
    subthreads: Subthreads | None = None,
    descriptions: Mapping[str, str] | None = None,
) -> FastAPI:
    """Return an app that serves graphs; it opens everything in its lifespan.

    Every route, of ``routers`` too, needs a bearer token, but for ``GET /health`` and ``/ok`` and, in dev,
    ``/docs`` and ``/openapi.json``. ``/metrics`` is open to this machine, and to others with the ingest key.

    Args:
        service: The name of the process; of its SQLite files, its PostgreSQL schema and its metrics.
        graphs: Factories, called with what the app opened, or compiled graphs, by graph id.
        settings: Of this process.
        verifier: Of the tokens this service accepts; or what else tells who is calling.
        routers: The service's own REST routes; see `services.agent_server.auth.Caller` and
            `services.agent_server.state.Server`.
        resources: Opens what the service's graphs and routes need beside that.
        health_checks: By dependency; each gets what ``resources`` opened, and raises.
        process: The name under which it holds its runs; by default this process's, see `narutalk.process`.
        subthreads: The threads of other services that are deleted with a thread.
        descriptions: What the graphs are for, by graph id, as their assistants say.
    """
    in_dev = settings.env == "dev"

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_server(
            service=service,
            graphs=graphs,
            settings=settings,
            resources=resources,
            health_checks=health_checks or {},
            process=process,
            subthreads=subthreads,
            descriptions=descriptions,
        ) as server:
            app.state.server = server
            yield

    metrics = Metrics(service)
    app = FastAPI(
        title=f"NaruTalk {service}",
        lifespan=lifespan,
        docs_url="/docs" if in_dev else None,
        openapi_url="/openapi.json" if in_dev else None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses=DOCUMENTED_ERRORS,
        # Documents the token, so that /docs can send one; it is the middleware that checks it.
        dependencies=[
            Depends(HTTPBearer(auto_error=False, description="Signed by the manager or the router"))
        ],
    )
    app.state.metrics = metrics
    for router in (*ROUTERS, *routers):
        app.include_router(router)
    add_error_handlers(app)
    # The last added is the outermost.
    app.add_middleware(
        AuthenticationMiddleware,
        authenticator=BearerTokens(verifier) if isinstance(verifier, TokenVerifier) else verifier,
        settings=settings,
        public_paths=PUBLIC_PATHS | DEV_PATHS if in_dev else PUBLIC_PATHS,
    )
    app.add_middleware(UnhandledErrorsMiddleware)
    add_cors(app, settings)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(AccessLogMiddleware)
    app.add_middleware(with_request_id)
    return app
