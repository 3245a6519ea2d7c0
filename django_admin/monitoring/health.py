"""Asking one instance for its health, and what its answer means."""

import asyncio
import time
from typing import Any, NamedTuple

import httpx
from django.db import models
from django.utils.translation import gettext_lazy as _


class HealthState(models.TextChoices):
    """What one instance answered to `GET /health`."""

    UP = "up", _("Up")
    DEGRADED = "degraded", _("Degraded")  # live, but not ready: a dependency is missing
    DOWN = "down", _("Down")  # no connection, too slow, or no answer of ours


class Reason(models.TextChoices):
    """Why an instance is not up."""

    NO_CONNECTION = "no_connection", _("no connection")
    TIMEOUT = "timeout", _("does not answer in time")
    NOT_READY = "not_ready", _("not ready")
    UNEXPECTED = "unexpected", _("unexpected answer")


class HealthAnswer(NamedTuple):
    """What an instance answered.

    Attributes:
        state: Up, degraded or down.
        reason: A `Reason`, or empty when it is up.
        latency_ms: From the question to the end of the answer, or of the waiting.
        dependencies: Whether each works, by name.
    """

    state: HealthState
    reason: str
    latency_ms: float
    dependencies: dict[str, bool]


async def ask_health(http: httpx.AsyncClient, url: str, *, timeout_seconds: float) -> HealthAnswer:
    """Ask the instance at a base URL; whatever goes wrong is an answer, too."""
    started = time.perf_counter()
    dependencies: dict[str, bool] = {}
    try:
        async with asyncio.timeout(timeout_seconds):
            response = await http.get(f"{url}/health")
        state, reason, dependencies = read_health(response)
    except (httpx.TimeoutException, TimeoutError):
        state, reason = HealthState.DOWN, Reason.TIMEOUT.value
    except httpx.ConnectError:
        state, reason = HealthState.DOWN, Reason.NO_CONNECTION.value
    except (httpx.TransportError, httpx.InvalidURL):
        state, reason = HealthState.DOWN, Reason.UNEXPECTED.value
    return HealthAnswer(state, reason, round((time.perf_counter() - started) * 1000, 2), dependencies)


def read_health(response: httpx.Response) -> tuple[HealthState, str, dict[str, bool]]:
    """Return state, reason and dependencies; live without being ready is degraded."""
    try:
        body = response.json()
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    dependencies = _dependencies(body.get("dependencies"))
    if response.is_success:
        return HealthState.UP, "", dependencies
    if body.get("live") is True:
        return HealthState.DEGRADED, Reason.NOT_READY.value, dependencies
    return HealthState.DOWN, Reason.UNEXPECTED.value, dependencies


def _dependencies(given: Any) -> dict[str, bool]:
    """The services answer ``{"ok": bool}`` for each dependency, the manager ``"ok"`` or ``"down"``."""
    if not isinstance(given, dict):
        return {}
    return {
        str(name): value.get("ok") is True if isinstance(value, dict) else value == "ok"
        for name, value in given.items()
    }
