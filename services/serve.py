"""`narutalk serve`: any LangGraph graphs, behind the agent server, in this process."""

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from narutalk.db import create_missing_database, database_url
from narutalk.errors import ConfigurationError, NaruTalkError
from narutalk.identity import Issuer, build_verifier, ensure_keys
from narutalk.process import freeze_startup
from narutalk.settings import Settings, load_settings
from narutalk.telemetry.log_manager_sink import ship_logs
from narutalk.telemetry.logs import configure_logging
from services.agent_server.app import create_agent_app
from services.agent_server.cors import EXPOSED_HEADERS, configured_origins
from services.agent_server.graphs.file import Cors, ReadFile, read_graph_file
from services.agent_server.graphs.importing import add_dependencies, import_graphs, set_environment
from services.agent_server.local_caller import LOCAL_ORIGINS, LocalCaller, require_loopback
from services.agent_server.storage.database import service_schema
from services.process import GRACEFUL_SHUTDOWN_SECONDS, KEEP_ALIVE_SECONDS, with_shipper

SERVE = "serve"
"""What the tables, logs and metrics are called by; no service of the company has the name."""


def serve(
    path: Path, *, host: str | None, port: int, data_dir: Path | None, name: str | None, no_auth: bool
) -> None:
    """Serve the graphs of a file until SIGTERM or Ctrl-C.

    Args:
        path: The `langgraph.json`.
        host: The address; ``NARUTALK_HOST`` where None.
        port: 0 for a free one.
        data_dir: ``NARUTALK_DATA_DIR`` where None.
        name: Tells this server's tables, logs and metrics from those of another file's server.
        no_auth: Take every caller on this machine for one person.

    Raises:
        ConfigurationError: The file, a graph, the address or a setting does not make sense, or the server
            could not start.
    """
    file = read_graph_file(path)
    set_environment(file)
    settings = _settings(host=host, data_dir=data_dir)
    _check(settings, no_auth=no_auth)
    service = f"{SERVE}_{name}" if name else SERVE
    configure_logging(service, settings.log_level)
    warnings = [*file.warnings, *add_dependencies(file)]
    for warning in warnings:
        typer.echo(f"{path}: {warning}", err=True)
    shipper = ship_logs(service, settings)
    app = build_app(file, settings, service=service, no_auth=no_auth)
    with _listen(settings.host, port) as listening:
        address = _address(settings.host, listening.getsockname()[1])
        said = _announcement(file, settings, address, service=service, no_auth=no_auth)
        _run(with_shipper(app, shipper), listening, lambda: typer.echo(said))
    typer.echo("The server has stopped.")


def build_app(file: ReadFile, settings: Settings, *, service: str, no_auth: bool) -> FastAPI:
    """Return the app that serves a file's graphs.

    Raises:
        ConfigurationError: A graph cannot be imported, or a key is missing.
    """
    cors = _cors(file, settings, no_auth=no_auth)
    app = create_agent_app(
        service=service,
        graphs=import_graphs(file),
        descriptions={
            name: target.description
            for name, target in file.content.graphs.items()
            if target.description is not None
        },
        settings=settings.model_copy(update={"cors_origins": ""}),
        verifier=LocalCaller(frozenset(cors.allow_origins))
        if no_auth
        else build_verifier(settings, Issuer.MANAGER),
    )
    if cors.allow_origins or cors.allow_origin_regex:
        readable = [*EXPOSED_HEADERS, *cors.expose_headers]
        app.add_middleware(CORSMiddleware, **{**cors.model_dump(), "expose_headers": readable})
    return app


def _cors(file: ReadFile, settings: Settings, *, no_auth: bool) -> Cors:
    """Return whose pages may call: those of the file and the settings, and without authentication our own."""
    given = file.content.http.cors or Cors()
    origins = (*given.allow_origins, *configured_origins(settings))
    local = LOCAL_ORIGINS if no_auth else None
    return given.model_copy(
        update={"allow_origins": origins, "allow_origin_regex": given.allow_origin_regex or local}
    )


def _settings(*, host: str | None, data_dir: Path | None) -> Settings:
    """Return the settings. Logs and traces go to a manager only where that is asked for."""
    given = {"host": host, "data_dir": data_dir}
    settings = load_settings(**{key: value for key, value in given.items() if value is not None})
    wanted = settings.model_fields_set
    return settings.model_copy(
        update={key: False for key in ("ship_logs", "trace_sink") if key not in wanted}
    )


def _check(settings: Settings, *, no_auth: bool) -> None:
    if no_auth:
        if settings.env == "production":
            raise ConfigurationError(
                "--no-auth is not for NARUTALK_ENV=production.", code="no_auth_production"
            )
        require_loopback(settings.host)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.env == "dev":
        ensure_keys(settings)
    given = settings.database_url.get_secret_value()
    if given:
        create_missing_database(database_url(given, settings.data_dir, ""))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigurationError(f"{host} is no address of this machine.", code="host_invalid") from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"Port {port} of {host} is taken: {error.strerror}. Choose another with --port.",
            code="port_taken",
        ) from error
    return listening


def _run(app: ASGIApp, listening: socket.socket, announce: Callable[[], None]) -> None:
    watched = _KeepsStartError(app)
    config = uvicorn.Config(
        watched,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = _AnnouncingServer(config, announce)
    before = signal.signal(signal.SIGTERM, _end)
    freeze_startup()
    try:
        with suppress(KeyboardInterrupt, _Ended):  # uvicorn stops gracefully, then raises the signal again
            server.run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)
    if watched.error:
        raise ConfigurationError(f"The server could not start: {_reason(watched.error)}", code="start_failed")


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, NaruTalkError) else f"{type(error).__name__}: {error}"


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._announce()


class _KeepsStartError:
    """Keeps what the app's lifespan raised, which uvicorn logs and forgets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            self.error = error
            raise


class _Ended(SystemExit):
    """SIGTERM came."""


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Ended(0)


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announcement(file: ReadFile, settings: Settings, address: str, *, service: str, no_auth: bool) -> str:
    graphs = file.content.graphs
    width = max(len(name) for name in graphs)
    url = settings.database_url.get_secret_value()
    where = f"the schema {service_schema(service)} of the database" if url else f"{settings.data_dir}"
    return "\n".join(
        [
            f"Serving {file.path} at {address}",
            *(f"  {name:<{width}}  {target.path}" for name, target in graphs.items()),
            "Without authentication: every program of this machine is the user 'local'."
            if no_auth
            else "Calls need a token: Authorization: Bearer <what `narutalk token --user NAME"
            f" --data-dir {settings.data_dir}` prints>.",
            f"Threads are kept in {where}. Ctrl-C stops the server.",
        ]
    )
