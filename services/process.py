"""Runs one service, or the worker, in this process: `python -m services.process NAME [--port N]`."""

import argparse
import os
import signal
import sys
import threading

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from narutalk.errors import ConfigurationError
from narutalk.process import freeze_startup
from narutalk.registry import CHROMA, SERVICES, WORKER, ServiceName
from narutalk.settings import Settings, load_settings, require_secrets
from narutalk.telemetry.log_manager_sink import ship_logs
from narutalk.telemetry.log_shipping import CloseLogsAtShutdown, LogShipper, LogShippingMetrics
from narutalk.telemetry.logs import configure_logging
from services.launcher.children import PARENT_PIPE_VARIABLE

GRACEFUL_SHUTDOWN_SECONDS = 2
KEEP_ALIVE_SECONDS = 75


def build_app(name: str, settings: Settings) -> ASGIApp:
    """Return the app of a service, and start to ship its logs.

    Its modules are imported here, so that a process loads only its own.
    """
    if name == ServiceName.MANAGER:
        from django_admin.config.asgi import application

        return application
    shipper = ship_logs(name, settings)  # the manager stores its own
    module = __import__(f"services.{name}.app", fromlist=["create_app"])
    return with_shipper(module.create_app(settings), shipper)


def with_shipper(app: FastAPI, shipper: LogShipper | None) -> ASGIApp:
    """Return an app that counts what is shipped, and ends the shipping when it shuts down."""
    if shipper is None:
        return app
    app.state.metrics.registry.register(LogShippingMetrics(shipper))
    return CloseLogsAtShutdown(app, shipper)


def main() -> None:
    """Parse the arguments, and serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*(service.name for service in SERVICES), WORKER, CHROMA])
    parser.add_argument("--port", type=int, help="instead of the service's own, for a further instance")
    arguments = parser.parse_args()
    stop_with_parent()
    try:
        settings = load_settings()
        require_secrets(settings, arguments.name)
        if arguments.name == WORKER:
            run_worker()
        elif arguments.name == CHROMA:
            run_chroma(settings, arguments.port)
        else:
            serve(arguments.name, settings, arguments.port)
    except ConfigurationError as error:
        sys.exit(error.message)


def run_worker() -> None:
    """Run the manager's background tasks until SIGTERM."""
    from django_admin.config.worker import main as work  # Django: only in the processes that need it

    work()


def run_chroma(settings: Settings, port: int) -> None:
    """Serve the data dir's Chroma folder until SIGTERM."""
    from tools.documents.chroma_server import serve_chroma  # only this process needs it

    serve_chroma(settings.data_dir / "chroma", host=settings.host, port=port)


def serve(name: str, settings: Settings, port: int | None) -> None:
    """Serve until SIGTERM, on the service's own port where none is given."""
    configure_logging(name, settings.log_level)
    app = build_app(name, settings)
    freeze_startup()
    uvicorn.run(
        app,
        host=settings.host,
        port=port or settings.service_port(name),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def stop_with_parent() -> None:
    """Stop this process when the launcher dies, however it dies: its pipe then reads end-of-file."""
    given = os.environ.pop(PARENT_PIPE_VARIABLE, "")
    if not given:
        return
    descriptor = int(given)

    def watch() -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    main()
