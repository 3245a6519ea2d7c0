"""Which instances answer right now."""

import asyncio
import time
from typing import Literal, NamedTuple

import httpx

from django_admin.monitoring.health import HealthAnswer, HealthState, ask_health
from django_admin.monitoring.instances import Address, configured_instances
from narutalk.languages import Language
from narutalk.registry import AGENTS, CORE, ServiceName
from narutalk.settings import Settings

TIMEOUT_SECONDS = 2.5  # a service gives its own dependencies two
FRESH_SECONDS = 2.0


class ServiceState(NamedTuple):
    name: str
    title: str
    status: Literal["ok", "down"]


class InstanceHealth(NamedTuple):
    """An instance, and what it answered just now."""

    address: Address
    answer: HealthAnswer


class ServiceHealth:
    """Asks every instance whether it is healthy, at most every `FRESH_SECONDS` for all who want to know.

    Args:
        http: Without a base URL; the caller closes it.
        settings: Says where the services are.
    """

    def __init__(self, http: httpx.AsyncClient, settings: Settings) -> None:
        self._http = http
        self._settings = settings
        self._lock = asyncio.Lock()  # guards the two below: those who come together wait for one round
        self._answers: tuple[InstanceHealth, ...] = ()
        self._asked_at = float("-inf")

    async def instances(self) -> tuple[InstanceHealth, ...]:
        """Return every instance's answer, the manager's first; none is older than `FRESH_SECONDS`."""
        async with self._lock:
            if time.monotonic() - self._asked_at >= FRESH_SECONDS:
                self._answers = await self._ask_all()
                self._asked_at = time.monotonic()
            return self._answers

    async def states(self, language: Language) -> list[ServiceState]:
        """Return the state of the router and of each agent; a service is ok when one of its instances is."""
        answers = await self.instances()
        up = {instance.address.service for instance in answers if instance.answer.state == HealthState.UP}
        return [
            ServiceState(
                service.name,
                service.titles.get(language, service.name),
                "ok" if service.name in up else "down",
            )
            for service in (*CORE, *AGENTS)
            if service.name != ServiceName.MANAGER
        ]

    async def _ask_all(self) -> tuple[InstanceHealth, ...]:
        addresses = list(configured_instances(self._settings))
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(ask_health(self._http, address.url, timeout_seconds=TIMEOUT_SECONDS))
                for address in addresses
            ]
        return tuple(
            InstanceHealth(address, task.result()) for address, task in zip(addresses, tasks, strict=True)
        )
