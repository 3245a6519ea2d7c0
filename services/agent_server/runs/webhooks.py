"""Tells the world outside that a run has ended, where the settings allow it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

from narutalk.errors import InvalidInput
from narutalk.settings import Settings
from services.agent_server.runs.request import refused
from services.agent_server.runs.wire import run_to_wire
from services.agent_server.serialization import encode
from services.agent_server.storage.models import Run

WAITS_SECONDS = (0.0, 1.0, 5.0, 25.0)
"""Before each attempt."""
TIMEOUT_SECONDS = 10.0
MAX_WAITING = 1_000
MAX_AT_ONCE = 8
SHUTDOWN_SECONDS = 2.0

log = structlog.get_logger(__name__)


def check_webhook(url: str | None, settings: Settings) -> None:
    """Refuse an address that no run may be sent to.

    Raises:
        InvalidInput: ``webhook_invalid``: no http(s) URL of a host. ``webhook_not_allowed``: the host is not
            in NARUTALK_WEBHOOK_HOSTS; else whoever starts runs could send from inside the network anywhere.
    """
    if url is None:
        return
    parsed = _parse(url)
    allowed = {host.strip().lower() for host in settings.webhook_hosts.split(",") if host.strip()}
    if parsed.netloc.decode().lower() not in allowed:
        reason = f"This server sends nothing to {parsed.netloc.decode()!r}."
        raise refused("webhook", reason, "webhook_not_allowed")


class Webhooks:
    """Sends ended runs to their webhooks, apart from the runs.

    It tries each a few times, while this process lives: what a crash finds unsent stays unsent. Redirects are
    not followed, and the answer's body is not read.

    Args:
        settings: Name the hosts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._at_once = asyncio.Semaphore(MAX_AT_ONCE)  # guards the number of open requests
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    def deliver(self, run: Run, values: Any) -> None:
        """Begin to send an ended run and its last values; does nothing for one without a webhook."""
        url = run.kwargs.get("webhook")
        if url is None:
            return
        if len(self._tasks) >= MAX_WAITING:
            log.error("webhook dropped: too many wait", run_id=run.run_id)
            return
        task = asyncio.create_task(self._deliver(url, run.run_id, _body(run, values)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give what is on its way a moment, then give it up."""
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=SHUTDOWN_SECONDS)
            for task in left:
                task.cancel()
            if left:
                log.error("webhooks not delivered", count=len(left))
                await asyncio.wait(left)
        if self._client:
            await self._client.aclose()

    async def _deliver(self, url: str, run_id: str, body: bytes) -> None:
        host = httpx.URL(url).host
        try:
            check_webhook(url, self._settings)
        except InvalidInput:  # another process, with other settings, took the run
            log.error("webhook not allowed here", run_id=run_id, host=host)
            return
        for wait_seconds in WAITS_SECONDS:
            await asyncio.sleep(wait_seconds)
            problem = await self._try(url, body)
            if problem is None:
                return
            log.warning("webhook failed", run_id=run_id, host=host, problem=problem)
        log.error("webhook given up", run_id=run_id, host=host)

    async def _try(self, url: str, body: bytes) -> str | None:
        headers = {"content-type": "application/json"}
        try:
            async with (
                self._at_once,
                asyncio.timeout(TIMEOUT_SECONDS),
                self._opened().stream("POST", url, content=body, headers=headers) as answer,
            ):
                return None if answer.is_success else f"status {answer.status_code}"
        except (httpx.HTTPError, TimeoutError) as error:
            return type(error).__name__

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
        return self._client


def _parse(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise refused("webhook", "Not a URL.", "webhook_invalid") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        reason = "An http or https URL with a host, and without a user, is needed."
        raise refused("webhook", reason, "webhook_invalid")
    return parsed


def _body(run: Run, values: Any) -> bytes:
    return encode(
        {
            **run_to_wire(run),
            "values": values,
            "error": run.error,
            "run_started_at": run.created_at,
            "run_ended_at": run.updated_at,
            "webhook_sent_at": datetime.now(UTC),
        }
    )
