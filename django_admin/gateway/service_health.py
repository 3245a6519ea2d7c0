"""Which services answer."""

import asyncio
from typing import Literal, NamedTuple

import httpx

from narutalk.languages import Language
from narutalk.registry import AGENTS, CORE, Service, ServiceName
from narutalk.settings import Settings


class ServiceState(NamedTuple):
    name: str
    title: str
    status: Literal["ok", "down"]


class ServiceHealth:
    """Asks every service whether it is healthy.

    Args:
        http: Without a base URL, with a short timeout; the caller closes it.
        settings: Says where the services are.
    """

    def __init__(self, http: httpx.AsyncClient, settings: Settings) -> None:
        self._http = http
        self._settings = settings

    async def states(self, language: Language) -> list[ServiceState]:
        """Return the state of the router and of each agent; a service is ok when one of its instances is."""
        services = [service for service in (*CORE, *AGENTS) if service.name != ServiceName.MANAGER]
        async with asyncio.TaskGroup() as group:
            checks = [group.create_task(self._any_healthy(service)) for service in services]
        return [
            ServiceState(
                service.name, service.titles.get(language, service.name), "ok" if check.result() else "down"
            )
            for service, check in zip(services, checks, strict=True)
        ]

    async def _any_healthy(self, service: Service) -> bool:
        for url in self._settings.service_urls(service.name):
            try:
                response = await self._http.get(f"{url}/health")
            except httpx.TransportError:
                continue
            if response.is_success:
                return True
        return False
