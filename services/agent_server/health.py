"""Whether this server can work, and which of its dependencies cannot."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, NamedTuple

import structlog
from pydantic import BaseModel

from services.agent_server.state import HealthCheck, ServerState

CHECK_TIMEOUT_SECONDS = 2.0

log = structlog.get_logger(__name__)


class DependencyHealth(BaseModel):
    """How one dependency answered."""

    ok: bool
    duration_ms: float


class Health(BaseModel):
    """The answer of ``GET /health``."""

    service: str
    live: bool
    ready: bool
    dependencies: dict[str, DependencyHealth]


class _Check(NamedTuple):
    name: str
    call: Callable[[], Awaitable[None]]


def _own_check(name: str, check: HealthCheck, resources: Any) -> _Check:
    return _Check(name, lambda: check(resources))


async def read_health(server: ServerState) -> Health:
    """Ask all dependencies at once; each has `CHECK_TIMEOUT_SECONDS`."""
    checks = [_Check("database", server.threads.ping)]
    checks += [_own_check(name, check, server.resources) for name, check in server.health_checks.items()]
    async with asyncio.TaskGroup() as group:
        tasks = {check.name: group.create_task(_ask(check)) for check in checks}
    dependencies = {name: task.result() for name, task in tasks.items()}
    ready = all(dependency.ok for dependency in dependencies.values())
    return Health(service=server.service, live=True, ready=ready, dependencies=dependencies)


async def _ask(check: _Check) -> DependencyHealth:
    started = perf_counter()
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check.call()
        ok = True
    except Exception as error:
        log.warning("dependency does not work", dependency=check.name, exc_info=error)
        ok = False
    return DependencyHealth(ok=ok, duration_ms=round((perf_counter() - started) * 1000, 2))
