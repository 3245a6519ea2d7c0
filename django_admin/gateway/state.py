"""The gateway's resources: opened with the server, closed with it, and found in every request."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import structlog
from django.conf import settings as django_settings
from django.http import HttpRequest

from django_admin.config.databases import sqlite_held_open
from django_admin.config.threads import in_database
from django_admin.conversations.actions import do_interrupt_left_over
from django_admin.gateway.documents import DocumentClient
from django_admin.gateway.reports import REPORT_SERVICES, ReportClient, ReportService
from django_admin.gateway.router import RouterClient
from django_admin.gateway.service_health import ServiceHealth
from django_admin.gateway.turns import TurnRunner
from django_admin.imports.client import ImportClient
from django_admin.imports.running import ImportRunner
from django_admin.memories.client import MemoryClient
from narutalk.http import build_client, build_service_client
from narutalk.identity import Issuer, build_signer
from narutalk.import_rights import IMPORTERS
from narutalk.settings import Settings
from narutalk.telemetry.metrics import Metrics
from narutalk.telemetry.tracing.process import open_tracing

logger = structlog.get_logger(__name__)

ROUTER_SILENCE_SECONDS = 20.0  # it sends a heartbeat every four
DOCUMENT_TIMEOUT_SECONDS = 30.0
IMPORT_SILENCE_SECONDS = 10.0
REPORT_TIMEOUT_SECONDS = 30.0
HEALTH_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """What requests use while the manager runs."""

    settings: Settings
    metrics: Metrics
    router: RouterClient
    documents: DocumentClient
    imports: ImportClient
    running_imports: ImportRunner
    memories: MemoryClient
    reports: ReportClient
    services: ServiceHealth
    turns: TurnRunner


@asynccontextmanager
async def open_gateway(settings: Settings, metrics: Metrics) -> AsyncIterator[Gateway]:
    """Open clients, signer and turn runner; on the way out, end the running turns and close the clients."""
    left_over = await in_database(do_interrupt_left_over)
    if left_over:
        logger.warning("answers were left running by a dead process", count=left_over)
    signer = build_signer(settings, Issuer.MANAGER)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_tracing(settings, "manager"))
        stack.enter_context(sqlite_held_open(django_settings.DATABASES["default"]))
        router_http = await stack.enter_async_context(
            build_service_client(
                settings,
                "router",
                read_timeout_seconds=min(settings.turn_deadline_seconds, ROUTER_SILENCE_SECONDS),
            )
        )
        document_http = await stack.enter_async_context(
            build_service_client(settings, "document", read_timeout_seconds=DOCUMENT_TIMEOUT_SECONDS)
        )
        # How long an import may take, its calls say; no instance answers before it is done.
        importing_http = {
            str(name): await stack.enter_async_context(
                build_service_client(
                    settings, name, read_timeout_seconds=IMPORT_SILENCE_SECONDS, head_timeout_seconds=None
                )
            )
            for name in IMPORTERS
        }
        report_http: dict[ReportService, httpx.AsyncClient] = {
            service: await stack.enter_async_context(
                build_service_client(settings, service, read_timeout_seconds=REPORT_TIMEOUT_SECONDS)
            )
            for service in REPORT_SERVICES
        }
        health_http = await stack.enter_async_context(
            build_client("", read_timeout_seconds=HEALTH_TIMEOUT_SECONDS)
        )
        router = RouterClient(router_http, signer)
        turns = TurnRunner(router, deadline_seconds=settings.turn_deadline_seconds)
        stack.push_async_callback(turns.close)
        imports = ImportClient(importing_http, signer)
        running_imports = ImportRunner(imports)
        stack.push_async_callback(running_imports.close)
        yield Gateway(
            settings=settings,
            metrics=metrics,
            router=router,
            documents=DocumentClient(document_http, signer),
            imports=imports,
            running_imports=running_imports,
            memories=MemoryClient(router_http, signer),
            reports=ReportClient(report_http, signer),
            services=ServiceHealth(health_http, settings),
            turns=turns,
        )


def gateway_of(request: HttpRequest) -> Gateway:
    """Return the gateway of the server that serves this request."""
    gateway: Gateway = request.scope["narutalk.gateway"]  # type: ignore[attr-defined]
    return gateway
