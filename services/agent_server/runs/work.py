"""Brings one run to its end: waits for its turn, calls its graph, again where the database broke off."""

import asyncio
from typing import Any

import structlog
from stamina import retry_context

from services.agent_server.events.polling import POLL_SECONDS
from services.agent_server.runs.awaiting import Awaiting
from services.agent_server.runs.execution import execute
from services.agent_server.runs.lanes import Lanes
from services.agent_server.runs.live import LiveRun
from services.agent_server.runs.slots import Slots
from services.agent_server.storage.leases import LeaseStore
from services.agent_server.storage.outages import is_outage
from services.agent_server.storage.runs import RunStore, as_cancel_action

MAX_BREAKS = 3
OUTAGE_SECONDS = 120.0

UNTIL_THE_DATABASE_ANSWERS: dict[str, Any] = {
    "on": is_outage,
    "attempts": None,
    "timeout": OUTAGE_SECONDS,
    "wait_initial": 0.1,
    "wait_max": 2.0,
}

log = structlog.get_logger(__name__)


class RunTimedOut(Exception):
    """A run worked for longer than it may."""


class RunWork:
    """What a run does until its end, which the executor stores.

    Args:
        runs: Where runs are stored.
        leases: Of this process.
        lanes: The runs of this process, by thread.
        slots: How many work at once.
        timeout_seconds: How long one attempt may work.
    """

    def __init__(
        self, runs: RunStore, leases: LeaseStore, lanes: Lanes, slots: Slots, *, timeout_seconds: float
    ) -> None:
        self._runs = runs
        self._leases = leases
        self._lanes = lanes
        self._slots = slots
        self._timeout_seconds = timeout_seconds
        self.awaiting = Awaiting(runs)

    async def do(self, run: LiveRun) -> None:
        """Wait for a run's turn and a slot, then run its graph to its end.

        The run keeps its slot. It may be marked as left to another process.

        Raises:
            RunTimedOut: One attempt took longer than it may.
            asyncio.CancelledError: It was stopped.
            Exception: What the graph raises; of a broken database after `MAX_BREAKS` attempts.
        """
        if run.transient or run.row.status == "running":
            await self._slots.take(run)
            run.row.status = "running"
        else:
            await self._wait_for_turn(run)
        while not await self._execute(run):
            pass

    async def _execute(self, run: LiveRun) -> bool:
        """Make one attempt, and return whether it came to an end; else the next may begin."""
        try:
            async with asyncio.timeout(self._timeout_seconds) as limit:
                await execute(run)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RunTimedOut(f"The run took longer than {self._timeout_seconds:g} seconds.") from error
        except Exception as error:
            run.broken_off += 1
            if run.transient or not is_outage(error) or run.broken_off >= MAX_BREAKS:
                raise
            log.warning("the database broke off, the run waits for it", exc_info=error)
            await self._wait_for_database(run)
            return False
        return True

    async def _wait_for_database(self, run: LiveRun) -> None:
        """Wait until the lease can be renewed; leave the run when it was taken over meanwhile."""
        async for attempt in retry_context(**UNTIL_THE_DATABASE_ANSWERS):
            with attempt:
                if not await self._leases.renew([run.row.run_id]):
                    run.left = True
                    raise asyncio.CancelledError
        run.resumed = True

    async def _wait_for_turn(self, run: LiveRun) -> None:
        """Wait until the database says that no run of the thread is before this one, and for a slot."""
        while True:
            if not self._lanes.is_first(run):
                run.turn.clear()
                await run.turn.wait()
            elif not run.turn.is_set():
                await self.awaiting.until_first(run.row.run_id)
            await self._slots.take(run)
            if await self._claim(run):
                break
            self._slots.give_back(run)
            run.turn.clear()
            await asyncio.sleep(POLL_SECONDS)
        if run.row.cancel_action:
            run.cancelled_by = as_cancel_action(run.row.cancel_action)
            raise asyncio.CancelledError

    async def _claim(self, run: LiveRun) -> bool:
        async for attempt in retry_context(**UNTIL_THE_DATABASE_ANSWERS):
            with attempt:
                return await self._runs.claim(run.row)
        return False
