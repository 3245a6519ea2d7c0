"""Starts the runs of crons when they are due: once for each time, however many instances there are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from narutalk.errors import Conflict, NaruTalkError, Unavailable
from narutalk.identity import Identity
from services.agent_server.crons.changes import DISABLED_REASON, request_of
from services.agent_server.crons.schedule import next_run_at
from services.agent_server.runs.creation import start_background_run, start_run
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Cron

MAX_WAIT_SECONDS = 15.0
"""After it an instance looks for crons that others made, in case those are dead when they are due."""
RETRY_SECONDS = 5.0
PAGE = 100
SHUTDOWN_SECONDS = 5.0

log = structlog.get_logger(__name__)


class CronScheduler:
    """Looks for due crons and starts their runs.

    Several times that were missed are made up for by one run.

    Args:
        server: Its crons, and what starts runs.
        now: Returns the time, in UTC.
    """

    def __init__(
        self, server: ServerState, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._server = server
        self._crons = server.crons
        self._now = now
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in a task of its own until the block ends; a run that is being started then is started."""
        task = asyncio.create_task(self._work(), name="crons")
        try:
            yield
        finally:
            self._stopping = True
            self._crons.changed.set()
            _, left = await asyncio.wait((task,), timeout=SHUTDOWN_SECONDS)
            if left:
                log.error("the crons did not stop")
                task.cancel()
                await asyncio.wait((task,))

    async def run_due(self) -> int:
        """Start what is due, and return how many runs this instance started."""
        started, now = 0, self._now()
        while due := await self._crons.due(now, limit=PAGE):
            for cron in due:
                started += await self._run(cron, now)
        return started

    async def _work(self) -> None:
        while not self._stopping:
            self._crons.changed.clear()
            wait_seconds = await self._pass()
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._crons.changed.wait()
            except TimeoutError:
                pass

    async def _pass(self) -> float:
        """Start what is due, and return how many seconds nothing will be."""
        try:
            await self.run_due()
            due = await self._crons.next_due_at()
        except Exception as error:  # the database is away; crons wait for it
            log.error("crons not looked at", exc_info=error)
            return RETRY_SECONDS
        if due is None:
            return MAX_WAIT_SECONDS
        return min(max((due - self._now()).total_seconds(), 0.0), MAX_WAIT_SECONDS)

    async def _run(self, cron: Cron, now: datetime) -> bool:
        """Start a cron's run if no other instance does; stop the cron where it can never run again."""
        try:
            upcoming = next_run_at(cron.schedule, cron.timezone, after=now, end_time=cron.end_time)
        except NaruTalkError as error:  # a time zone that this machine does not know
            await self._disable(cron, error.message)
            return False
        if not await self._crons.claim(cron, upcoming):
            return False
        reason = await self._start(cron, now)
        if reason or upcoming is None:
            await self._disable(cron, reason or "It has reached its end.")
        return reason is None

    async def _start(self, cron: Cron, now: datetime) -> str | None:
        """Start the run, and return why none can ever be started."""
        days = self._server.settings.cron_identity_days
        if now - cron.identity_at > timedelta(days=days):
            return f"Its owner's rights were last verified more than {days} days ago: enable it again."
        identity = Identity.model_validate(cron.identity)
        try:
            request = request_of(cron)
            if cron.thread_id:
                await start_run(self._server, identity, cron.thread_id, request, in_background=True)
            else:
                await start_background_run(self._server, identity, request)
        except (Conflict, Unavailable) as error:
            log.warning("cron skipped a time", cron_id=cron.cron_id, code=error.code)
        except NaruTalkError as error:
            return error.message
        except Exception as error:
            log.error("cron failed to start its run", cron_id=cron.cron_id, exc_info=error)
        return None

    async def _disable(self, cron: Cron, reason: str) -> None:
        log.warning("cron disabled", cron_id=cron.cron_id, reason=reason)
        await self._crons.disable(cron, {**cron.meta, DISABLED_REASON: reason})
