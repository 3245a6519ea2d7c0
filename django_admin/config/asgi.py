"""The ASGI application: Django, with the gateway's resources opened around it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, cast

from django.core.asgi import get_asgi_application

from narutalk.settings import Settings
from narutalk.telemetry.access_log import AccessLogMiddleware
from narutalk.telemetry.log_shipping import CloseLogsAtShutdown, LogShippingMetrics
from narutalk.telemetry.logs import configure_logging
from narutalk.telemetry.metrics import Metrics, MetricsMiddleware
from narutalk.telemetry.request_id import with_request_id

if TYPE_CHECKING:
    from django_admin.gateway.state import Gateway

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

SETTINGS_MODULE = "django_admin.config.settings"


class LifespanApp:
    """Speaks the lifespan protocol, which Django does not, and puts the gateway into each request's scope."""

    def __init__(self, app: ASGIApp, resources: AbstractAsyncContextManager[Gateway]) -> None:
        self._app = app
        self._resources = resources
        self._gateway: Gateway | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            scope["narutalk.gateway"] = self._gateway
            await self._app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._gateway = await self._resources.__aenter__()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await self._resources.__aexit__(None, None, None)
        except Exception as error:
            await send({"type": "lifespan.shutdown.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.shutdown.complete"})


def build_application(settings: Settings, metrics: Metrics | None = None) -> ASGIApp:
    """Return the manager's application; its resources open with the server's lifespan.

    Args:
        settings: Of this process.
        metrics: What `/metrics` shows; new when left out.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    django_app = get_asgi_application()
    from django_admin.config.body_limit import BodyLimit  # Django's models need Django set up first
    from django_admin.gateway.state import open_gateway

    metrics = metrics or Metrics("manager")
    # Django types its scope as a dict, ASGI as any mapping: at run time it is the same dict.
    limited = BodyLimit(cast("ASGIApp", django_app), max_upload_bytes=settings.max_upload_bytes)
    measured = MetricsMiddleware(limited, metrics)
    app = with_request_id(AccessLogMiddleware(measured))
    return LifespanApp(app, open_gateway(settings, metrics))


def _main_application() -> ASGIApp:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    from django_admin.config.settings import NARUTALK

    configure_logging("manager", NARUTALK.log_level)
    metrics = Metrics("manager")
    application = build_application(NARUTALK, metrics)
    from django_admin.monitoring.log_sink import store_logs  # Django's models need Django set up first

    shipper = store_logs("manager", NARUTALK)
    if shipper is None:
        return application
    metrics.registry.register(LogShippingMetrics(shipper))
    return CloseLogsAtShutdown(application, shipper)


def __getattr__(name: str) -> ASGIApp:
    """Build `application` when a server asks for it, so that importing this module does nothing."""
    if name == "application":
        return _main_application()
    raise AttributeError(name)
